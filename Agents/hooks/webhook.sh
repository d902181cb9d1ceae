#!/bin/sh
# usage: webhook.sh URL
# A martlet hook: posts what stands on standard input (Alertmanager's webhook, version 4) to URL, with curl. What
# descriptor 3 holds (secret: in rules.yaml) is sent as a bearer token, never in argv.
# Ends with 0 when it was taken, 75 where trying again may help (no connection, 408, 429, 5xx), 1 where not, 64 for usage.
# Reads: MARTLET_KEY, sent as Idempotency-Key, so that a retry is known as one.
set -eu
[ $# -eq 1 ] || { echo "usage: webhook.sh URL" >&2; exit 64; }
url=$1
token=
{ token=$(cat <&3); } 2>/dev/null || token=
command -v curl >/dev/null 2>&1 || { echo "webhook.sh: curl is missing; install it" >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/body"
# A file of 0600 rather than words that everybody's ps shows.
umask 077
{
    printf 'header = "Content-Type: application/json"\n'
    printf 'header = "Idempotency-Key: %s"\n' "$(printf %s "${MARTLET_KEY:-}" | tr -d '"\\\n\r')"
    [ -z "$token" ] || printf 'header = "Authorization: Bearer %s"\n' "$(printf %s "$token" | tr -d '"\\\n\r')"
} > "$folder/config"
code=$(curl --silent --show-error --max-time 25 --config "$folder/config" --data-binary "@$folder/body" \
    --output "$folder/answer" --write-out '%{http_code}' -- "$url") || { echo "no answer from $url"; exit 75; }
case $code in
    2??) exit 0 ;;
    408 | 425 | 429 | 5??) echo "answered $code"; head -c 500 "$folder/answer"; exit 75 ;;
    *) echo "answered $code"; head -c 500 "$folder/answer"; exit 1 ;;
esac
