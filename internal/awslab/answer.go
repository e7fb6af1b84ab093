package awslab

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/aws/smithy-go/encoding/cbor"
)

// s3Errors is the shape of S3's errors, which is that of no protocol.
const s3Errors protocol = "s3"

// awsError is an error of AWS's, which each protocol codes in its own way.
type awsError struct {
	codes   map[protocol]string // by ec2, query, json and s3; the other protocols share one of these
	status  map[protocol]int    // 400 where there is none
	message func(*request) string
}

// code returns the error's code and status in the protocol of a call.
func (e *awsError) code(call *request) (string, int) {
	key := call.protocol
	if call.service == "s3" {
		key = s3Errors
	}
	status, given := e.status[key]
	if !given {
		status = http.StatusBadRequest
	}
	switch key {
	case protocolRESTXML:
		key = protocolQuery
	case protocolRESTJSON, protocolCBOR:
		key = protocolJSON
	default:
	}
	return e.codes[key], status
}

// xmlError is an error in XML: S3's is bare, EC2's lies in Response and Errors, all others' in ErrorResponse.
type xmlError struct {
	XMLName xml.Name
	Type    string `xml:"Type,omitempty"`
	Code    string `xml:"Code"`
	Message string `xml:"Message"`
}

// write answers a call with the error.
func (e *awsError) write(w http.ResponseWriter, call *request) error {
	code, status := e.code(call)
	var body []byte
	var err error
	message := e.message(call)
	inXML := xmlError{XMLName: xml.Name{Local: "Error"}, Code: code, Message: message}
	switch {
	case call.service == "s3" && !isS3Control(call):
		body, err = xml.Marshal(inXML)
	case call.protocol == protocolEC2:
		type errorList struct {
			Error xmlError
		}
		body, err = xml.Marshal(struct {
			XMLName   xml.Name  `xml:"Response"`
			Errors    errorList `xml:"Errors"`
			RequestID string    `xml:"RequestID"`
		}{Errors: errorList{inXML}, RequestID: requestID})
	case call.protocol == protocolQuery || call.protocol == protocolRESTXML:
		inXML.Type = "Sender"
		body, err = xml.Marshal(struct {
			XMLName   xml.Name `xml:"ErrorResponse"`
			Error     xmlError
			RequestID string `xml:"RequestId"`
		}{Error: inXML, RequestID: requestID})
	case call.protocol == protocolCBOR:
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		w.Header().Set("Content-Type", "application/cbor")
		body = cbor.Encode(cbor.Map{"__type": cbor.String(code), "message": cbor.String(message)})
	default:
		w.Header().Set("X-Amzn-Errortype", code)
		w.Header().Set("Content-Type", "application/json")
		body, err = json.Marshal(map[string]string{"__type": code, "message": message})
	}
	if err != nil {
		return err
	}
	w.Header().Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

// requestID is the id of every answer that the proxy makes itself.
const requestID = "00000000-0000-4000-8000-awslabproxy0"

// isS3Control tells S3's control plane, whose errors lie in ErrorResponse, from its data plane; both sign as s3.
func isS3Control(call *request) bool { return strings.HasPrefix(call.url.Path, "/v20180820/") }

// literal is an answer with a given body.
func literal(call *request, body string) *answer {
	kind := "text/xml"
	switch call.protocol {
	case protocolJSON, protocolRESTJSON:
		kind = "application/json"
	case protocolCBOR:
		kind = "application/cbor"
	default:
	}
	header := http.Header{"Content-Type": {kind}, "X-Amzn-Requestid": {requestID}}
	return &answer{status: http.StatusOK, header: header, body: []byte(body)}
}
