#!/bin/sh
# usage: undrain.sh [--drain] NAME
# Puts this host's NAME back into the balancer; with --drain takes it out, as drain.sh says. May be run twice.
#
# Reads /etc/martlet/actions/NAME.env as drain.sh does.
# Ends with 0 when it is in, 64 when nothing is set, 69 when a program is missing.
set -eu

drains=no
if [ "${1:-}" = --drain ]; then
	drains=yes
	shift
fi
name=${1:-}
case $name in
'' | -* | */* | *[!0-9A-Za-z._@-]*)
	echo "usage: drain.sh NAME, undrain.sh NAME; NAME has letters, digits, . _ @ -" >&2
	exit 64
	;;
esac
HAPROXY_SOCKET='' HAPROXY_SERVER='' NGINX_UPSTREAM='' NGINX_SERVER='' NGINX_RELOAD='nginx -s reload'
DRAIN_FILE='' DRAIN_COMMAND='' UNDRAIN_COMMAND='' DRAIN_PORT='' DRAIN_TIMEOUT=60
file=${MARTLET_ACTIONS:-/etc/martlet/actions}/$name.env
# shellcheck source=/dev/null
if [ -r "$file" ]; then . "$file"; fi

has() { command -v "$1" >/dev/null 2>&1; }

# What HAProxy answers to one line on its admin socket.
haproxy_says() {
	if has socat; then
		printf '%s\n' "$1" | socat -t 5 - "UNIX-CONNECT:$HAPROXY_SOCKET"
	elif has nc; then
		printf '%s\n' "$1" | nc -U -w 5 "$HAPROXY_SOCKET"
	else
		echo "drain.sh: neither socat nor nc is here" >&2
		exit 69
	fi
}

# Marks NGINX_SERVER's line as down, or takes the mark away. The file is replaced in one step, and put back where nginx does
# not take it.
nginx_turn() {
	new=$NGINX_UPSTREAM.new
	old=$NGINX_UPSTREAM.old
	if ! awk -v server="$NGINX_SERVER" -v drains="$drains" '
		$1 == "server" && ($2 == server || $2 == server ";") {
			found = 1
			sub(/;[^;]*$/, "")
			sub(/[ \t]+down[ \t]*$/, "")
			if (drains == "yes") $0 = $0 " down"
			$0 = $0 ";"
		}
		{ print }
		END { exit found ? 0 : 3 }' "$NGINX_UPSTREAM" >"$new"; then
		rm -f -- "$new"
		echo "$NGINX_UPSTREAM has no line: server $NGINX_SERVER" >&2
		exit 64
	fi
	cp -- "$NGINX_UPSTREAM" "$old"
	mv -f -- "$new" "$NGINX_UPSTREAM"
	if ! sh -c "$NGINX_RELOAD"; then
		mv -f -- "$old" "$NGINX_UPSTREAM"
		echo "nginx did not take it; $NGINX_UPSTREAM is as before" >&2
		exit 1
	fi
	rm -f -- "$old"
}

if [ -n "$HAPROXY_SOCKET" ]; then
	state=ready
	if [ "$drains" = yes ]; then state=drain; fi
	answer=$(haproxy_says "set server $HAPROXY_SERVER state $state")
	if [ -n "$answer" ]; then
		echo "HAProxy: $answer" >&2
		exit 1
	fi
elif [ -n "$NGINX_UPSTREAM" ]; then
	nginx_turn
elif [ -n "$DRAIN_FILE" ]; then
	if [ "$drains" = yes ]; then : >"$DRAIN_FILE"; else rm -f -- "$DRAIN_FILE"; fi
elif [ -n "$DRAIN_COMMAND" ]; then
	if [ "$drains" = yes ]; then sh -c "$DRAIN_COMMAND"; else sh -c "$UNDRAIN_COMMAND"; fi
else
	echo "$name: set HAPROXY_SOCKET, NGINX_UPSTREAM, DRAIN_FILE or DRAIN_COMMAND in $file" >&2
	exit 64
fi
if [ "$drains" = no ]; then
	echo "$name is back in the balancer"
	exit 0
fi
echo "$name is out of the balancer"
if [ -z "$DRAIN_PORT" ]; then exit 0; fi

# Established connections to the port, of IPv4 and IPv6: proc_net_tcp; 01 is ESTABLISHED.
connections() {
	port=$(printf ':%04X' "$DRAIN_PORT")
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
		awk -v port="$port" '$4 == "01" && substr($2, length($2) - 4) == port { n++ } END { print n + 0 }'
}

waited=0
while left=$(connections) && [ "$left" -gt 0 ]; do
	if [ "$waited" -ge "$DRAIN_TIMEOUT" ]; then
		echo "$left connections stay after $DRAIN_TIMEOUT s" >&2
		exit 1
	fi
	waited=$((waited + 1))
	sleep 1
done
echo "$name is quiet"
