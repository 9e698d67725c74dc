set -eo pipefail
mkdir -p image/bin image/tmp image/etc && cp $(command -v busybox) image/bin/busybox
for applet in sh sleep true echo touch cat; do ln -sf busybox image/bin/$applet; done
# Podman waits ten seconds for an infra container that ignores SIGTERM.
tar -C image -c . | docker import --change 'STOPSIGNAL SIGKILL' - infra:local
podman --remote tag infra:local localhost/infra:local
make() {
  name=$1 labels="--label owner=$2 --label com.docker.compose.project=$3"
  podman --remote network create --disable-dns $labels $name-net1
  podman --remote volume create $labels $name-vol1
  tar -C image -c . | docker import --change "LABEL owner=$2" --change "LABEL com.docker.compose.project=$3" - $name/app:1
  podman --remote tag $name/app:1 $name/app:2
  podman --remote run -d --name $name-run --env WORD=pl4nt $labels --network $name-net1 -v $name-vol1:/v busybox:local sleep 100000
  podman --remote run --name $name-exit $labels --network none busybox:local true
  podman --remote create --name $name-new $labels --network none busybox:local sleep 100000
  podman --remote pod create --name $name-pod $labels --network none --infra-command 'sleep 100000'
  podman --remote create --name $name-member $labels --pod $name-pod busybox:local sleep 100000
  echo x | podman --remote secret create $labels $name-secret -
}
make red red red >/dev/null
make blue blue blue >/dev/null
make green green green >/dev/null
make xgreen redder blue2 >/dev/null
podman --remote create --name lonely --label owner --label com.docker.compose.project --network none busybox:local true >/dev/null
podman --remote network connect red-net1 xgreen-run
podman --remote network connect blue-net1 xgreen-run
podman --remote network connect green-net1 xgreen-run
podman --remote create --name xgreen-guest --pod red-pod busybox:local true >/dev/null
podman --remote tag red/app:1 green/borrowed:1
