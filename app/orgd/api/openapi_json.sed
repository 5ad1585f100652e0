# Cuts docs/openapi.json into the pieces of openapi.c: C strings without indentation, which end where a URL of the service
# belongs. A piece is {text, path of the URL below public_url}.

s/^ *//
s/^\("[^"]*":\) /\1/
s/[\"]/\\&/g
s/.*/"&"/

# servers, contact, and the URLs of the security schemes: the frame has them below this address
s|^"\(\\"[a-zA-Z]*\\":\)\\"https://orgd.example.org\([a-z/_]*\)\\"\(,*\)"$|"\1", "\2"}, {"\3"|
