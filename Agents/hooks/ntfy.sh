#!/bin/sh
# usage: ntfy.sh URL
# A martlet hook: publishes one message to a topic in ntfy's shape (text as the body, Title, Priority and Tags as headers),
# such as https://ntfy.sh/your-topic. Descriptor 3 (secret: in rules.yaml) holds an access token.
# Ends with 0 when it was taken, 75 where trying again may help, 1 where not, 64 for usage.
# Reads: MARTLET_STATUS, MARTLET_ALERT, MARTLET_SEVERITY, MARTLET_SUMMARY, MARTLET_COUNT, MARTLET_OPEN.
set -eu
[ $# -eq 1 ] || { echo "usage: ntfy.sh URL" >&2; exit 64; }
url=$1
token=
{ token=$(cat <&3); } 2>/dev/null || token=
command -v curl >/dev/null 2>&1 || { echo "ntfy.sh: curl is missing; install it" >&2; exit 1; }

case ${MARTLET_SEVERITY:-}/${MARTLET_STATUS:-} in
    critical/firing) priority=5 ;;
    warning/firing) priority=4 ;;
    *) priority=3 ;;
esac
plain() { printf %s "$1" | tr -d '"\\\n\r'; }
more=
[ "${MARTLET_COUNT:-1}" = 1 ] || more=" (and $((MARTLET_COUNT - 1)) more)"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
umask 077
{
    printf 'header = "Title: %s %s%s"\n' "$(plain "${MARTLET_ALERT:-}")" "${MARTLET_STATUS:-}" "$more"
    printf 'header = "Priority: %s"\nheader = "Tags: %s"\n' "$priority" "${MARTLET_STATUS:-}"
    [ -z "$token" ] || printf 'header = "Authorization: Bearer %s"\n' "$(plain "$token")"
} > "$folder/config"
printf '%s\n%s\n' "${MARTLET_SUMMARY:-}" "${MARTLET_OPEN:-}" > "$folder/body"
code=$(curl --silent --show-error --max-time 25 --config "$folder/config" --data-binary "@$folder/body" \
    --output /dev/null --write-out '%{http_code}' -- "$url") || { echo "no answer from $url"; exit 75; }
case $code in
    2??) exit 0 ;;
    408 | 425 | 429 | 5??) echo "answered $code"; exit 75 ;;
    *) echo "answered $code"; exit 1 ;;
esac
