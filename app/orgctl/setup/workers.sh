#!/bin/sh
# Made by `orgctl setup`: starts workers of your own, which the web server connects to.
umask 077
export ORGD_LISTEN_MODE=0666 # for the web server. Who else is to be kept out must not come to this directory.
exec '{{directory}}/bin/orgd' --config '{{directory}}/orgd.conf' --listen 'unix:{{directory}}/run/orgd.sock' \
    2>>'{{directory}}/log/orgd.log'
