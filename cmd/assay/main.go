// Command assay audits infrastructure, hosts and governance records against GDPR and HIPAA.
package main

func main() {}
