#!/bin/sh
# usage: health.sh NAME [VERSION]
# Waits until the service NAME answers, with VERSION: until it answers as that version, so that the old process's answer never
# counts for the new one. Without a configured check it says so and ends with 0, unless VERSION is asked for.
#
# /etc/martlet/actions/NAME.env may set:
#   HEALTH_URL       an address whose answer 2xx means well (curl or wget is used)
#   HEALTH_TCP       HOST PORT: a connection that is taken means well (nc is used)
#   HEALTH_COMMAND   a command line for sh; 0 means well
#   HEALTH_VERSION   a command line for sh that prints the version which answers
#   HEALTH_TIMEOUT   seconds to wait (30)
# Ends with 0 when it is well, 1 when it is not, 64 when asked wrongly, 69 when a program for the check is missing.
set -eu

name=${1:-}
version=${2:-}
case $name in
'' | -* | */* | *[!0-9A-Za-z._@-]*)
	echo "usage: health.sh NAME [VERSION]; NAME has letters, digits, . _ @ -" >&2
	exit 64
	;;
esac
HEALTH_URL='' HEALTH_TCP='' HEALTH_COMMAND='' HEALTH_VERSION='' HEALTH_TIMEOUT=30
file=${MARTLET_ACTIONS:-/etc/martlet/actions}/$name.env
# shellcheck source=/dev/null
if [ -r "$file" ]; then . "$file"; fi

has() { command -v "$1" >/dev/null 2>&1; }

fetch() {
	if has curl; then
		curl -fsS -m 5 -o /dev/null -- "$1" 2>/dev/null
	elif has wget; then
		wget -q -T 5 -O /dev/null -- "$1" 2>/dev/null
	else
		echo "health.sh: neither curl nor wget is here" >&2
		exit 69
	fi
}

connects() {
	if ! has nc; then
		echo "health.sh: nc is not here" >&2
		exit 69
	fi
	nc -z -w 5 "$1" "$2" >/dev/null 2>&1
}

well() {
	if [ -n "$HEALTH_URL" ]; then fetch "$HEALTH_URL" || return 1; fi
	if [ -n "$HEALTH_TCP" ]; then
		# shellcheck disable=SC2086
		connects $HEALTH_TCP || return 1
	fi
	if [ -n "$HEALTH_COMMAND" ]; then sh -c "$HEALTH_COMMAND" || return 1; fi
	if [ -n "$version" ] && [ "$(sh -c "$HEALTH_VERSION" 2>/dev/null)" != "$version" ]; then return 1; fi
	return 0
}

if [ -n "$version" ] && [ -z "$HEALTH_VERSION" ]; then
	echo "$name: which version answers is not known; set HEALTH_VERSION in $file" >&2
	exit 64
fi
if [ -z "$HEALTH_URL$HEALTH_TCP$HEALTH_COMMAND$HEALTH_VERSION" ]; then
	echo "$name: no check is set in $file"
	exit 0
fi
waited=0
until well; do
	waited=$((waited + 1))
	if [ "$waited" -ge "$HEALTH_TIMEOUT" ]; then
		echo "$name does not answer${version:+ as $version} after $HEALTH_TIMEOUT s" >&2
		exit 1
	fi
	sleep 1
done
echo "$name answers${version:+ as $version}"
