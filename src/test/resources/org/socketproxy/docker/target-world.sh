set -eo pipefail
mkdir -p image/bin image/tmp image/etc && cp $(command -v busybox) image/bin/busybox
for applet in sh sleep true echo touch cat; do ln -sf busybox image/bin/$applet; done
tar -C image -c . | docker import - busybox:local
docker swarm init --listen-addr 127.0.0.1:23771 --advertise-addr 127.0.0.1:23771 >/dev/null
make() {
  name=$1 labels="--label owner=$2 --label com.docker.compose.project=$3"
  docker network create $labels $name-net1
  docker network create --internal $labels $name-net2
  docker volume create $labels $name-vol1
  docker volume create $labels $name-vol2
  tar -c --files-from /dev/null | docker import --change "LABEL owner=$2" --change "LABEL com.docker.compose.project=$3" - $name/app:1
  docker tag $name/app:1 $name/app:2
  tar -C image -c . | docker import --change "LABEL owner=$2" --change "LABEL com.docker.compose.project=$3" - $name/tools:1
  docker run -d --name $name-run --env WORD=pl4nt $labels --network $name-net1 -v $name-vol1:/v busybox:local sleep 100000
  docker run --name $name-exit $labels --network none busybox:local true
  docker create --name $name-new $labels --network $name-net2 -v $name-vol2:/v busybox:local sleep 100000
  echo x | docker secret create $labels $name-secret -
  echo x | docker config create $labels $name-config -
  docker service create -q -d --no-resolve-image --name $name-svc --env WORD=pl4nt $labels --container-label owner=$2 --container-label com.docker.compose.project=$3 --stop-grace-period 0s busybox:local sleep 100000
}
make red red red >/dev/null
make blue blue blue >/dev/null
make green green green >/dev/null
make xgreen redder blue2 >/dev/null
docker run -d --name red-paused --label owner=red --label com.docker.compose.project=red --network none busybox:local sleep 100000
docker pause red-paused
docker create --name green --label owner --label com.docker.compose.project --network none busybox:local true
docker network connect red-net1 xgreen-run
docker network connect blue-net1 xgreen-run
docker network connect green-net1 xgreen-run
docker tag red/app:1 green/borrowed:1
until [ $(docker ps -q --filter label=com.docker.swarm.service.name | wc -l) = 4 ]; do sleep 0.1; done
