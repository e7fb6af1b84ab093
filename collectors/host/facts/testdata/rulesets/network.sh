# Two interfaces, one of them with the default route.
ip link set lo up
ip link add eth0 type bridge && ip addr add 192.0.2.2/24 dev eth0 && ip link set eth0 up && ip route add default via 192.0.2.1
ip link add eth1 type bridge && ip addr add 10.5.0.1/24 dev eth1 && ip link set eth1 up
