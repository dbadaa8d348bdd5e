-- ARGV: time. Returns {user, until when, user, until when, ...}.

return call('ZRANGEBYSCORE', 'ai:abuse:blocked',
  string.format('(%.0f', read_time(ARGV[1])), '+inf', 'WITHSCORES')
