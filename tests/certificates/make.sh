#!/bin/sh
# Makes the certificates of this folder anew: a made-up authority, for localhost, valid for a hundred years.
# The one key that is kept is nobody's: it serves loopback in tests. The authority's own keys are thrown away.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
request() { openssl req -new -key "$1" -subj "/CN=$2" -out "$3"; }
sign() { openssl x509 -req -in "$1" -CA "$2" -CAkey "$3" -set_serial "0x$(openssl rand -hex 8)" -days 36000 -extfile "$4" -out "$5"; }

printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n' >"$work/authority.ext"
for name in localhost other.example; do
  printf 'subjectAltName=DNS:%s\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n' $name >"$work/$name.ext"
done

new_key key.pem
new_key "$work/authority.key"
new_key "$work/between.key"
openssl req -x509 -new -key "$work/authority.key" -subj "/CN=jc1p test authority" -days 36500 \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out authority.pem
request "$work/between.key" "jc1p test intermediate" "$work/between.csr"
sign "$work/between.csr" authority.pem "$work/authority.key" "$work/authority.ext" "$work/between.pem"

request key.pem localhost "$work/leaf.csr"
sign "$work/leaf.csr" "$work/between.pem" "$work/between.key" "$work/localhost.ext" leaf.pem
cat leaf.pem "$work/between.pem" >chain.pem
request key.pem other.example "$work/other.csr"
sign "$work/other.csr" authority.pem "$work/authority.key" "$work/other.example.ext" other-name.pem

# Only `openssl ca` makes certificates of the past.
mkdir "$work/ca"
touch "$work/ca/index.txt"
printf '[ca]\ndefault_ca=it\n[it]\nnew_certs_dir=%s\ndatabase=%s\nrand_serial=yes\ndefault_md=sha256\npolicy=any\n[any]\ncommonName=supplied\n' \
  "$work/ca" "$work/ca/index.txt" >"$work/ca.conf"
openssl ca -batch -notext -config "$work/ca.conf" -cert authority.pem -keyfile "$work/authority.key" \
  -in "$work/leaf.csr" -extfile "$work/localhost.ext" -startdate 20200101000000Z -enddate 20200201000000Z -out expired.pem
chmod 644 key.pem
