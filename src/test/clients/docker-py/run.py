import io
import tarfile

import docker

client = docker.from_env()
container = client.containers.run("busybox:local", ["sh", "-c", "echo started; sleep 1000"], name="py", network_mode="none", detach=True)
print([c.name for c in client.containers.list(filters={"name": "^/py$"})], container.attrs["Config"]["Cmd"])
print(next(container.logs(stream=True)))
print(container.exec_run(["sh", "-c", "echo out; echo err >&2; exit 3"], demux=True))
content = io.BytesIO()
with tarfile.open(fileobj=content, mode="w") as archive:
    entry = tarfile.TarInfo("file")
    entry.size = 5
    archive.addfile(entry, io.BytesIO(b"bytes"))
print(container.put_archive("/tmp", content.getvalue()))
stream, status = container.get_archive("/tmp/file")
print(status["name"], status["size"], b"bytes" in b"".join(stream))
print(container.top()["Titles"], container.stats(stream=False)["name"])
container.kill()
print(container.wait()["StatusCode"])
container.remove()
image = client.images.get("busybox:local")
print(image.tag("py", "1"), client.images.get("py:1").tags.count("py:1"))
client.images.remove("py:1")
volume = client.volumes.create("py")
print(volume.name, [v.name for v in client.volumes.list(filters={"name": "py"})])
volume.remove()
network = client.networks.list(names=["none"])[0]
print(network.name)
