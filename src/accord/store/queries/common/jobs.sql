-- name: add_job(connection_id, rules, pace, now)^
insert into jobs (connection_id, state, rules, pace, total, done, after, next_at, created_at, updated_at)
select
    cast(:connection_id as text), 'running', cast(:rules as bigint), cast(:pace as double precision), count(*), 0, '',
    :now, :now, :now
from twins where connection_id = :connection_id and state <> 'ended' and local_key is not null
returning id, connection_id, state, rules, pace, total, done, after, next_at, created_at, updated_at

-- name: job_by_id(id)^
select id, connection_id, state, rules, pace, total, done, after, next_at, created_at, updated_at
from jobs where id = :id

-- name: all_jobs()
select id, connection_id, state, rules, pace, total, done, after, next_at, created_at, updated_at
from jobs order by id desc

-- name: open_jobs()
select id, connection_id, state, rules, pace, total, done, after, next_at, created_at, updated_at
from jobs where state in ('running', 'paused') order by id desc

-- name: take_job(next_at, id, now)!
-- The row stays locked until the transaction ends: of two processes one does the next part.
update jobs set next_at = :next_at where id = :id and state = 'running' and next_at <= :now

-- name: job_twins(connection_id, after, most)
select id from twins
where connection_id = :connection_id and state <> 'ended' and local_key is not null and id > :after
order by id limit :most

-- name: advance_job(after, done, state, now, id)!
update jobs set after = :after, done = done + :done, state = :state, updated_at = :now where id = :id

-- name: set_job_state(state, now, id)!
update jobs set state = :state, updated_at = :now where id = :id and state in ('running', 'paused')
