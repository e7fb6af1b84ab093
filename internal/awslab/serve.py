"""Serves moto on a free loopback port, tells on standard output the port and where AWS's service models are, and ends with its standard input.

moto_server would do, but for four things that a test needs: the port (it prints it in a log line in colours), connections that stay open
between calls (as those of AWS do), an end that cannot be missed (when the test process dies, by whatever cause, its pipe closes), and the
policies that AWS manages: moto has all 1,400 or none, and reading all of them takes two seconds for each account and partition.
And CloudWatch, which the SDK for Go speaks to in CBOR only, is translated into the JSON that moto understands; what moto has not
implemented is refused as AWS refuses an operation that it does not know, where moto shows a page of HTML that no SDK can read; and a few
services that moto does not have, and no test fills, have empty lists.
"""

import datetime
import io
import json
import logging
import os
import sys
import threading

from xml.sax.saxutils import escape

import botocore
import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
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


class CBOR:
    """Lets a service that is called in CBOR be answered by a moto that knows its JSON only."""

    services = {"GraniteServiceVersion20100801": "cloudwatch"}

    def __init__(self, app):
        self.app = app
        self.operations = {}

    def operation(self, target, name):
        if target not in self.operations:
            model = botocore.loaders.Loader().load_service_model(self.services[target], "service-2")
            self.operations[target] = botocore.model.ServiceModel(model)
        return self.operations[target].operation_model(name)

    def __call__(self, environ, start_response):
        if environ.get("HTTP_SMITHY_PROTOCOL") != "rpc-v2-cbor":
            return self.app(environ, start_response)
        _, _, target, _, name = environ["PATH_INFO"].split("/")
        parser = botocore.parsers.RpcV2CBORParser()
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        given = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
        text = json.dumps(given, default=datetime.datetime.timestamp).encode()
        environ.update({
            "PATH_INFO": "/",
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "CONTENT_LENGTH": str(len(text)),
            "HTTP_CONTENT_LENGTH": str(len(text)),
            "HTTP_X_AMZ_TARGET": f"{target}.{name}",
            "wsgi.input": io.BytesIO(text),
        })
        del environ["HTTP_SMITHY_PROTOCOL"]
        said = {}

        def keep(status, headers, exc_info=None):
            said.update(status=status, headers=headers)

        answer = self.translate(self.operation(target, name), said, b"".join(self.app(environ, keep)))
        headers = [(k, v) for k, v in said["headers"] if k.lower() not in ("content-length", "content-type")]
        headers += [
            ("Content-Length", str(len(answer))), ("Content-Type", "application/cbor"), ("Smithy-Protocol", "rpc-v2-cbor"),
        ]
        start_response(said["status"], headers)
        return [answer]

    @staticmethod
    def translate(operation, said, body):
        code = int(said["status"].split()[0])
        encoder, into = botocore.serialize.RpcV2CBORSerializer(), bytearray()
        if code >= 400:
            error = json.loads(body)
            into.append(0xA2)  # a map of two
            for text in ("__type", error.get("__type", "InternalFailure"), "message", error.get("message", "")):
                encoder._serialize_type_string(into, text, None, None)
            return bytes(into)
        if operation.output_shape is None:
            return b"\xa0"
        value = botocore.parsers.JSONParser().parse(
            {"body": body, "headers": dict(said["headers"]), "status_code": code}, operation.output_shape
        )
        value.pop("ResponseMetadata", None)
        encoder._serialize_data_item(into, value, operation.output_shape)
        return bytes(into)


class Unknown:
    """Refuses what moto has not implemented with UnknownOperationException, in the protocol of the call."""

    in_xml = ("s3", "cloudfront", "route53")

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        said = {}

        def keep(status, headers, exc_info=None):
            said.update(status=status, headers=headers)

        try:
            body = b"".join(self.app(environ, keep))
        except NotImplementedError as error:
            return self.refuse(environ, start_response, str(error))
        kind = next((value for name, value in said["headers"] if name.lower() == "content-type"), "")
        if said["status"].startswith("404") and kind.startswith("text/html") and environ["REQUEST_METHOD"] != "HEAD" and b"<h1>" in body:
            return self.refuse(environ, start_response, f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']} has not been implemented")
        start_response(said["status"], said["headers"])
        return [body]

    def refuse(self, environ, start_response, message):
        form = environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded")
        service = environ.get("HTTP_AUTHORIZATION", "/////").split("/")[3]
        code, inner = "UnknownOperationException", f"<Message>{escape(message)}</Message>"
        headers = [("Content-Type", "text/xml")]
        if form and service == "ec2":
            body = f"<Response><Errors><Error><Code>{code}</Code>{inner}</Error></Errors><RequestID>moto</RequestID></Response>"
        elif form or (service in self.in_xml and "HTTP_X_AMZ_TARGET" not in environ):
            body = f"<Error><Code>{code}</Code>{inner}</Error>"
            if service != "s3":
                body = f"<ErrorResponse>{body}<RequestId>moto</RequestId></ErrorResponse>"
        else:
            body = json.dumps({"__type": code, "message": message})
            headers = [("Content-Type", "application/json"), ("X-Amzn-Errortype", code)]
        answer = body.encode()
        start_response("400 Bad Request", [*headers, ("Content-Length", str(len(answer)))])
        return [answer]


class Unused:
    """Answers for services that moto does not have and in which no account of the lab has anything: all lists are empty."""

    services = {"docdb-elastic", "healthlake", "kendra", "lightsail", "neptune-graph", "redshift-serverless"}

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if environ.get("HTTP_AUTHORIZATION", "/////").split("/")[3] not in self.services:
            return self.app(environ, start_response)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]


class Application(DomainDispatcherApplication):
    """Moto's dispatcher, for which a service that it does not have at all is no programming error."""

    def get_application(self, environ):
        try:
            return super().get_application(environ)
        except AttributeError as error:
            raise NotImplementedError("moto does not have this service") from error


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
    "127.0.0.1", 0, CBOR(Unused(Unknown(Application(create_backend_app)))), threaded=True, request_handler=KeepAlive
)
os.environ["MOTO_PORT"] = str(server.port)
print(server.port, os.path.join(os.path.dirname(botocore.__file__), "data"), flush=True)
server.serve_forever()
