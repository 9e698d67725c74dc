require 'excon'

# docker-api 2.2 of Debian adds to this list, which Excon of Debian has frozen.
keys = Excon::VALID_REQUEST_KEYS.dup
Excon.send(:remove_const, :VALID_REQUEST_KEYS)
Excon::VALID_REQUEST_KEYS = keys
require 'rubygems/package'
require 'docker'

Docker.url = ENV.fetch('DOCKER_HOST')
container = Docker::Container.create('Image' => 'busybox:local', 'name' => 'ruby', 'Cmd' => ['sh', '-c', 'echo started; sleep 1000'],
                                     'HostConfig' => { 'NetworkMode' => 'none' })
container.start
puts Docker::Container.all(filters: { name: ['^/ruby$'] }.to_json).map { |each| each.info['Names'] }.inspect
puts container.exec(['sh', '-c', 'echo out; exit 3']).inspect
puts container.logs(stdout: true).include?('started')
container.store_file('/tmp/file', 'stored')
puts container.read_file('/tmp/file')
container.kill
puts container.wait['StatusCode']
container.delete
image = Docker::Image.get('busybox:local')
image.tag('repo' => 'ruby', 'tag' => '1')
puts Docker::Image.exist?('ruby:1')
Docker::Image.remove('ruby:1')
