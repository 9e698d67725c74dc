-- Each request asks for another container, in turn for 100,000.
local number = 0
function request()
  number = (number + 1) % 100000
  return wrk.format("GET", string.format("/v1.44/containers/%064x/json", number))
end
