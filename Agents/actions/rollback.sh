#!/bin/sh
# usage: rollback.sh NAME [VERSION]
# Goes back to VERSION, or without it to the version that ran well on this host before the one that runs now: never to the
# folder that merely is the one before. Health is waited for; the link is turned in one step, as by deploy.sh.
#
# Reads /etc/martlet/actions/NAME.env as deploy.sh does.
# Ends with 0 when that version runs, 1 when it does not, 69 when none is known.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
name=${1:-}
version=${2:-}
case $name in
'' | -* | */* | *[!0-9A-Za-z._@-]*)
	echo "usage: rollback.sh NAME [VERSION]" >&2
	exit 64
	;;
esac
ROOT=/srv/$name
file=${MARTLET_ACTIONS:-/etc/martlet/actions}/$name.env
# shellcheck source=/dev/null
if [ -r "$file" ]; then . "$file"; fi

current=$(readlink -- "$ROOT/current" 2>/dev/null || true)
current=${current##*/}
if [ -z "$version" ] && [ -r "$ROOT/good" ]; then
	# A deploy that never ran well leaves the good one as it was.
	version=$(cat "$ROOT/good")
	if [ "$version" = "$current" ]; then version=''; fi
fi
if [ -z "$version" ] && [ -r "$ROOT/before" ]; then version=$(cat "$ROOT/before"); fi
if [ -z "$version" ] || [ "$version" = "$current" ] || [ ! -d "$ROOT/releases/$version" ]; then
	echo "$name: no version that ran well here is known besides ${current:-none}" >&2
	exit 69
fi
echo "going back from ${current:-nothing} to $version"
"$here/deploy.sh" "$name" "$version" --mode=safe
# What was left is no version to go back to.
rm -f -- "$ROOT/before"
