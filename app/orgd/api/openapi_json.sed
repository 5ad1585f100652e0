# Cuts docs/openapi.json into the pieces of openapi.c: C strings without indentation, which end where a URL of the service
# or the operator's name belongs.

s/^ *//
s/^\("[^"]*":\) /\1/
s/[\"]/\\&/g
s/.*/"&"/

# servers, contact, and the URLs of the security schemes: the frame has them below this address
s|^"\(\\"[a-zA-Z]*\\":\)\\"https://orgd.example.org\([a-z/_]*\)\\"\(,*\)"$|"\1", add_url, "\2"}, {"\3"|
s|^"\(\\"name\\":\)\\"\(Whoever operates this service\)\\"\(,*\)"$|"\1", add_operator, "\2"}, {"\3"|
