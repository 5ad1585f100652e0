# Cuts docs/openapi.json into the pieces of openapi.c: C strings without indentation, which end where a URL of the service
# or the operator's name belongs.

# What is of /metrics: the path and the scheme are pieces by themselves. Others follow them.
/^    "\/metrics": {$/i\
, NULL, NULL, false}, {
/^    "\/metrics": {$/,/^    },$/{
	/^    },$/a\
, NULL, NULL, true}, {
}
/^      "MetricsToken": {$/i\
, NULL, NULL, false}, {
/^      "MetricsToken": {$/,/^      },$/{
	/^      },$/a\
, NULL, NULL, true}, {
}

s/^ *//
s/^\("[^"]*":\) /\1/
s/[\"]/\\&/g
s/.*/"&"/

# servers, contact, and the URLs of the security schemes: the frame has them below this address
s|^"\(\\"[a-zA-Z]*\\":\)\\"https://orgd.example.org\([a-z/_]*\)\\"\(,*\)"$|"\1", add_url, "\2", false}, {"\3"|
s|^"\(\\"name\\":\)\\"\(Whoever operates this service\)\\"\(,*\)"$|"\1", add_operator, "\2", false}, {"\3"|
