#!/bin/sh
# Made by `orgctl setup`. The web server runs this for {{public_url}}; its name is the name in the URL.
umask 077
exec '{{directory}}/bin/orgd' --config '{{directory}}/orgd.conf' 2>>'{{directory}}/log/orgd.log'
