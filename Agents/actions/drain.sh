#!/bin/sh
# usage: drain.sh NAME
# Takes this host's NAME out of the balancer and waits for its connections to end. May be run twice.
#
# /etc/martlet/actions/NAME.env sets one of:
#   HAPROXY_SOCKET   the balancer's admin socket, with HAPROXY_SERVER = BACKEND/SERVER (socat or nc is used)
#   NGINX_UPSTREAM   a file that nginx includes in the upstream, with NGINX_SERVER = ADDRESS:PORT as it stands there
#   DRAIN_FILE       a file whose presence makes the service's own health check fail
#   DRAIN_COMMAND    a command line for sh; UNDRAIN_COMMAND is its opposite
# and:
#   DRAIN_PORT       the port whose connections are waited for (none)
#   DRAIN_TIMEOUT    seconds to wait for them (60)
#   NGINX_RELOAD     how nginx is told (nginx -s reload)
# Ends with 0 when it is out and quiet, 1 when connections stay, 64 when nothing is set, 69 when a program is missing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
exec "$here/undrain.sh" --drain "$@"
