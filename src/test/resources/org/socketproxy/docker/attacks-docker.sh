# Prepares the daemon ($DOCKER_HOST), its network, and the daemon of the client ($ATTACKER). "host" is a folder of root.
mkdir -m 700 host
# The network 198.19.x.0/24 is one for tests (RFC 2544).
net=198.19.$((PID % 256))
echo REGISTRY=$net.1:$REGISTRYPORT
ip link add sp$PID type veth peer name machine netns $PID
ip address add $net.1/24 dev sp$PID && ip link set sp$PID up
in_daemon="nsenter --net=/proc/$PID/ns/net ip"
in_attacker="nsenter --net=/proc/$ATTACKERPID/ns/net ip"
$in_daemon address add $net.2/24 dev machine && $in_daemon link set machine up
$in_daemon link add client type veth peer name daemon netns $ATTACKERPID
$in_daemon address add 198.18.6.1/24 dev client && $in_daemon link set client up
$in_attacker address add 198.18.6.2/24 dev daemon && $in_attacker link set daemon up
mkdir -p image/bin image/tmp image/etc && cp $(command -v busybox) image/bin/busybox
for applet in cat echo ls sh sleep test true; do ln -s busybox image/bin/$applet; done
tar -C image -c . > image.tar
docker import --change 'CMD ["sh", "-c", "echo good"]' image.tar busybox:local
docker -H $ATTACKER import image.tar busybox:local
docker network create net-it
docker network create other-it
docker run -d --name victim --network net-it -e PW=env-secret busybox:local sh -c 'echo log-secret; echo file-secret > /tmp/secret; sleep 1000; : argument-secret'
docker tag busybox:local others:1
mkdir put && echo put-secret > put/put && tar -C put -c put > put.tar
# A plugin that writes the name of its file into /h, and one that does nothing.
plugin() {
  mkdir -p $1/rootfs && cp -r image/. $1/rootfs && echo $1 > $1/rootfs/name && mkdir -p $1/rootfs/h $1/rootfs/run/docker/plugins
  cat > $1/config.json <<JSON
{"description": "", "documentation": "", "entrypoint": ["sh", "-c", "echo root > /h/$1"], "workdir": "/",
 "interface": {"types": ["docker.volumedriver/1.0"], "socket": "x.sock"}, "network": {"type": ""}, "env": [],
 "linux": {"capabilities": [], "allowAllDevices": false, "devices": []},
 "mounts": [{"name": "m", "source": "$2", "destination": "/h", "type": "bind", "options": ["rbind"], "settable": ["source"]}]}
JSON
  tar -C $1 -c . > $1.tar
}
mkdir empty
plugin created $WORK/host
plugin pulled $WORK/host
plugin set $WORK/empty
plugin upgraded $WORK/host
plugin before $WORK/empty
plugin alive $WORK/empty
