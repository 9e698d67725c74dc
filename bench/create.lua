-- The body of a container of 4 KB, as a client sends it.
local variables = {}
for i = 1, 60 do
  variables[i] = string.format('"VARIABLE_%02d=a value of the usual length, number %02d"', i, i)
end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"Image":"nginx:1.27","Cmd":["nginx","-g","daemon off;"],"Env":[' .. table.concat(variables, ",")
  .. '],"Labels":{"com.example.owner":"shop","com.example.stage":"test"},"User":"1000","WorkingDir":"/srv",'
  .. '"HostConfig":{"Memory":67108864,"PidsLimit":100,"CapDrop":["ALL"],"SecurityOpt":["no-new-privileges"],'
  .. '"RestartPolicy":{"Name":"unless-stopped"},"NetworkMode":"none","LogConfig":{"Type":"json-file","Config":{"max-size":"1m"}}}}'
