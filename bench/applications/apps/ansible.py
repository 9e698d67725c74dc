"""Ansible with community.docker: modules, the inventory and the connection of containers."""

import json

from application import Application, Place, Row, lines

PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - community.docker.docker_network: {name: shop}
    - community.docker.docker_volume: {name: data}
    - &web
      community.docker.docker_container:
        name: web
        image: nginx:alpine
        networks: [{name: shop}]
        volumes: [data:/data]
        env: {COLOUR: blue}
        labels: {role: web}
        stop_signal: SIGKILL
        pull: never
        state: started
    - <<: *web
      register: again
    - community.docker.docker_container_exec: {container: web, argv: [sh, -c, 'echo $COLOUR > /data/colour; cat /data/colour']}
      register: exec
    - community.docker.docker_container_copy_into: {container: web, content: copied, container_path: /data/file, mode: 0644}
    - community.docker.docker_container: {name: web, restart: true, state: started, comparisons: {'*': ignore}}
      register: restarted
    - community.docker.docker_container: {name: job, image: busybox:latest, command: [echo, finished], detach: false, pull: never}
      register: job
    - community.docker.docker_container_info: {name: web}
      register: container
    - community.docker.docker_image_info: {name: busybox:latest}
      register: image
    - community.docker.docker_image_tag: {name: busybox:latest, repository: ['shop/tool:1']}
    - community.docker.docker_image_remove: {name: shop/tool, tag: '1'}
    - community.docker.docker_host_info: {containers: true, networks: true, volumes: true}
      register: host
    - ansible.builtin.debug:
        msg:
          - "again {{ again.changed }} restarted {{ restarted.changed }}"
          - "exec {{ exec.stdout }}"
          - "job {{ job.container.Output }}"
          - "container {{ container.container.Config.Env | first }} {{ container.container.Mounts[0].Name }}"
          - "image {{ image.images | length }}"
          - "host {{ host.containers | length }} {{ host.networks | length }} {{ host.volumes | length }}"
"""
REMOVAL = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - community.docker.docker_container: {name: web, state: absent}
    - community.docker.docker_prune: {containers: true}
    - community.docker.docker_network: {name: shop, state: absent}
    - community.docker.docker_volume: {name: data, state: absent}
"""
INVENTORY = """
plugin: community.docker.docker_containers
docker_host: "ADDRESS"
connection_type: docker-api
filters: [{include: "'web' in docker_name"}, {exclude: true}]
keyed_groups: [{prefix: role, key: docker_config.Labels.role}]
"""


class Ansible(Application):
    name = "ansible"
    source = "Debian"
    packages = ("ansible", "python3-docker", "python3-requests")
    rows = (Row("PRESET=ansible NETWORKS=1 INFO=1 ALLOW_LOGS=1 ALLOW_ARCHIVE=1"),)

    def drive(self, place: Place) -> dict[str, object]:
        for name, text in (("play.yaml", PLAY), ("removal.yaml", REMOVAL), ("containers.docker.yaml", INVENTORY.replace("ADDRESS", place.address))):
            (place.folder / name).write_text(text)
        settings = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_LOCALHOST_WARNING": "False"}
        played = place.run("ansible-playbook", "play.yaml", environment=settings, limit=240)
        place.run("ansible-inventory", "-i", "containers.docker.yaml", "--list", "--output", "inventory.json", environment=settings)
        inventory = json.loads((place.folder / "inventory.json").read_text())
        raw = place.run("ansible", "all", "-i", "containers.docker.yaml", "-m", "ansible.builtin.raw", "-a", "cat /data/file", environment=settings)
        removed = place.run("ansible-playbook", "removal.yaml", environment=settings)
        return {
            "messages": lines(played, '"'),
            "tasks": lines(played, "ok=") + lines(removed, "ok="),
            "inventory": {group: hosts.get("hosts", []) for group, hosts in inventory.items() if group.startswith("role")},
            "in the container": raw.strip().splitlines(),
            "left": ["containers", place.docker("ps", "--all", "--quiet"), place.docker("volume", "ls", "--quiet")],
        }
