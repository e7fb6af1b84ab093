"""Serves moto on a free loopback port, tells the port on standard output, and ends with its standard input.

moto_server would do, but for four things that a test needs: the port (it prints it in a log line in colours), connections that stay open
between calls (as those of AWS do), an end that cannot be missed (when the test process dies, by whatever cause, its pipe closes), and the
policies that AWS manages: moto has all 1,400 or none, and reading all of them takes two seconds for each account and partition.
"""

import json
import logging
import os
import sys
import threading

import moto.iam.models
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

MANAGED_POLICIES = {
    "AdministratorAccess",
    "AmazonEC2FullAccess",
    "AmazonRDSFullAccess",
    "AmazonS3FullAccess",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
    "AWSBackupServiceRolePolicyForBackup",
    "AWSBackupServiceRolePolicyForRestores",
    "AWSLambdaBasicExecutionRole",
    "AWSSupportAccess",
    "IAMFullAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "ViewOnlyAccess",
}


class KeepAlive(MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60


def end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


known = json.loads(moto.iam.models.aws_managed_policies_data)
moto.iam.models.aws_managed_policies_data = json.dumps({name: policy for name, policy in known.items() if name in MANAGED_POLICIES})
logging.getLogger("werkzeug").setLevel(logging.ERROR)
threading.Thread(target=end_with_input, daemon=True).start()
server = make_server(
    "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, request_handler=KeepAlive
)
os.environ["MOTO_PORT"] = str(server.port)
print(server.port, flush=True)
server.serve_forever()
