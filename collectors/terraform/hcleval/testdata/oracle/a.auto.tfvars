from_auto = { one = 1, two = "2" }
