# Cuts docs/openapi.json into the pieces of openapi.c: C strings without indentation, which end where a URL of the service
# belongs. A piece is {text, path of the URL below the mount}.

s/^ *//
s/^\("[^"]*":\) /\1/
s/[\"]/\\&/g
s/.*/"&"/

# servers: the service itself
s|^"\(\\"url\\":\)\\"/\\""$|"\1", ""}, {|

# securitySchemes: tokenUrl and its like
s|^"\(\\"[a-z]*Url\\":\)\\"\([a-z/_]*\)\\"\(,*\)"$|"\1", "/\2"}, {"\3"|
