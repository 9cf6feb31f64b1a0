-- name: forget_waits(twin_id)!
delete from waits where twin_id = :twin_id

-- name: put_wait(connection_id, remote_key, twin_id)!
insert into waits (connection_id, remote_key, twin_id) values (:connection_id, :remote_key, :twin_id)
on conflict do nothing

-- name: twins_waiting_for(connection_id, remote_key)
select t.body from waits w join twins t on t.id = w.twin_id
where w.connection_id = :connection_id and w.remote_key = :remote_key and t.state <> 'ended'
order by t.created_at, t.id

-- name: count_waiting(connection_id)$
select count(distinct w.twin_id) from waits w join twins t on t.id = w.twin_id
where w.connection_id = :connection_id and t.state <> 'ended'
