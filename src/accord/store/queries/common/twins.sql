-- name: twin_by_id(id)^
select body from twins where id = :id

-- name: live_twin(connection_id, local_key)^
select body from twins where connection_id = :connection_id and local_key = :local_key and state <> 'ended'

-- name: live_twin_of_identity(connection_id, local_identity)^
select body from twins
where connection_id = :connection_id and local_identity = :local_identity and state <> 'ended'

-- name: live_twin_of_remote(connection_id, remote_key)^
select body from twins where connection_id = :connection_id and remote_key = :remote_key and state <> 'ended' limit 1

-- name: ended_twin(connection_id, local_key)^
select body from twins where connection_id = :connection_id and local_key = :local_key and state = 'ended'
order by created_at desc, id limit 1

-- name: ended_twin_of_remote(connection_id, remote_key)^
select body from twins where connection_id = :connection_id and remote_key = :remote_key and state = 'ended'
order by created_at desc, id limit 1

-- name: ended_twin_of_identity(connection_id, local_identity)^
select body from twins where connection_id = :connection_id and local_identity = :local_identity and state = 'ended'
order by created_at desc, id limit 1

-- name: every_twin(most)
select body from twins order by created_at, id limit :most

-- name: every_live_twin(most)
select body from twins where state <> 'ended' order by created_at, id limit :most

-- name: twins_of(connection_id, most)
select body from twins where connection_id = :connection_id order by created_at, id limit :most

-- name: live_twins_of(connection_id, most)
select body from twins
where connection_id = :connection_id and state <> 'ended'
order by created_at, id limit :most

-- name: count_live_twins(connection_id)$
select count(*) from twins where connection_id = :connection_id and state <> 'ended'

-- name: any_creating(connection_id)^
select 1 from twins where connection_id = :connection_id and creating = 1 limit 1

-- name: asked_twins(connection_id)
select body from twins where connection_id = :connection_id and asked > 0 and state <> 'ended' order by created_at, id

-- name: put_twin(id, connection_id, state, local_key, local_identity, remote_key, creating, asked, body, created_at)!
-- Writes nothing where another live twin of the connection has the local key.
insert into twins (id, connection_id, state, local_key, local_identity, remote_key, creating, asked, body, created_at)
select
    cast(:id as text), cast(:connection_id as text), cast(:state as text), cast(:local_key as text),
    cast(:local_identity as text), cast(:remote_key as text), cast(:creating as integer),
    cast(:asked as integer), :body, :created_at
where cast(:state as text) = 'ended' or not exists (
    select 1 from twins other
    where other.connection_id = :connection_id and other.local_key = :local_key
        and other.state <> 'ended' and other.id <> :id
)
on conflict (id) do update set
    connection_id = excluded.connection_id, state = excluded.state, local_key = excluded.local_key,
    local_identity = excluded.local_identity, remote_key = excluded.remote_key, creating = excluded.creating,
    asked = excluded.asked, body = excluded.body, created_at = excluded.created_at

-- name: delete_twin(id)!
delete from twins where id = :id

-- name: delete_lanes(twin_id)!
delete from lanes where twin_id = :twin_id

-- name: delete_answer(twin_id)!
delete from answers where twin_id = :twin_id
