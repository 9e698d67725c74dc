# Builds red/tools:1, and red/ryuk:1 as a stand-in for Ryuk: it accepts filters on port 8080 and confirms each, and when the
# connection ends, it removes what they select through the socket that it gets.
set -eo pipefail
mkdir -p image/bin image/tmp
docker=$(readlink -f "$(command -v docker)")
cp "$(command -v busybox)" image/bin/busybox
cp "$docker" image/bin/docker
for library in $(ldd "$docker" 2>/dev/null | grep -o '/[^ ]*'); do
  mkdir -p "image$(dirname "$library")"
  cp "$library" "image$library"
done
for applet in sh nc echo sleep sed xargs; do ln -sf busybox image/bin/$applet; done
cat > image/bin/ryuk <<'END'
#!/bin/sh
echo Started
exec nc -ll -p 8080 -e /bin/session
END
cat > image/bin/session <<'END'
#!/bin/sh
filters=
while read -r line; do
  filters="$filters $line"
  echo ACK
done
for line in $filters; do
  by=$(echo "$line" | sed 's/%3D/=/g; s/&/ --filter /g; s/^/--filter /')
  docker ps -aq $by | xargs -r docker rm -fv
  docker network ls -q $by | xargs -r docker network rm
  docker volume ls -q $by | xargs -r docker volume rm
done >&2
END
chmod +x image/bin/ryuk image/bin/session
tar -C image -c . | docker import --change 'LABEL owner=red' --change 'ENV PATH=/bin' - red/tools:1
tar -C image -c . | docker import --change 'LABEL owner=red' --change 'ENV PATH=/bin' --change 'CMD ["/bin/ryuk"]' - red/ryuk:1
