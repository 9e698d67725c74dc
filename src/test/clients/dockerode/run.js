const Docker = require('dockerode');

const docker = new Docker();

async function text(stream) {
  let all = '';
  for await (const bytes of stream) all += bytes;
  return all;
}

(async () => {
  const container = await docker.createContainer({Image: 'busybox:local', name: 'ode', Cmd: ['sh', '-c', 'echo started; sleep 1000'],
    Tty: true, HostConfig: {NetworkMode: 'none'}});
  await container.start();
  const [listed] = await docker.listContainers({filters: {name: ['^/ode$']}});
  console.log(listed.Names, (await container.inspect()).Config.Cmd);
  const exec = await container.exec({Cmd: ['sh', '-c', 'read line; echo got $line'], AttachStdin: true, AttachStdout: true, Tty: true});
  const stream = await exec.start({hijack: true, stdin: true, Tty: true});
  stream.write('word\n');
  console.log((await text(stream)).includes('got word'), (await exec.inspect()).ExitCode);
  console.log(String(await container.logs({stdout: true})).trim());
  await container.kill();
  console.log(await container.wait());
  await container.remove();
  console.log((await docker.getImage('busybox:local').inspect()).RepoTags.includes('busybox:local'));
  const volume = await docker.createVolume({Name: 'ode'});
  console.log(volume.name ?? volume.Name);
  await docker.getVolume('ode').remove();
})();
