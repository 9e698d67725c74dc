# Prepares Podman. "host" is a folder of root.
mkdir -m 700 host && echo host-secret > host/secret
mkdir put && echo put-secret > put/put && tar -C put -c put > put.tar
podman --remote run -d --name victim-it --network none -e PW=env-secret busybox:local sh -c 'echo log-secret; echo file-secret > /tmp/secret; sleep 1000; : argument-secret'
podman --remote tag busybox:local others-it:1
# The first container of each pod
podman --remote export victim-it | podman --remote import --change 'ENTRYPOINT ["sleep", "1000"]' --change 'STOPSIGNAL SIGKILL' - infra:local
