-- name: publish_rules(connection_id, number, at, body)!
-- Writes nothing unless it is the next number.
insert into rules_versions (connection_id, number, at, body)
select cast(:connection_id as text), cast(:number as bigint), :at, cast(:body as text)
where cast(:number as bigint) = (
    select coalesce(max(number), 0) + 1 from rules_versions where connection_id = :connection_id
)
on conflict do nothing

-- name: rules_version(connection_id, number)^
select connection_id, number, at, body from rules_versions where connection_id = :connection_id and number = :number

-- name: rules_versions(connection_id)
select connection_id, number, at, body from rules_versions where connection_id = :connection_id order by number desc

-- name: put_received(twin_id, version, rules, at, body)!
insert into received (twin_id, version, rules, at, body) values (:twin_id, :version, :rules, :at, :body)
on conflict (twin_id) do update set
    version = excluded.version, rules = excluded.rules, at = excluded.at, body = excluded.body

-- name: received(twin_id)^
select twin_id, version, rules, at, body from received where twin_id = :twin_id

-- name: received_under(twin_id)$
select rules from received where twin_id = :twin_id

-- name: mark_received(rules, twin_id)!
update received set rules = :rules where twin_id = :twin_id

-- name: put_sample(connection_id, twin_id, direction, rules, first_sync, at, body)!
insert into samples (connection_id, twin_id, direction, rules, first_sync, at, body)
values (:connection_id, :twin_id, :direction, :rules, :first_sync, :at, :body)

-- name: samples(connection_id, most)
select at, connection_id, twin_id, direction, rules, first_sync, body from samples
where connection_id = :connection_id order by id desc limit :most

-- name: prune_samples(connection_id, before, keep)!
delete from samples where connection_id = :connection_id and (
    at < :before or id not in (
        select id from samples where connection_id = :connection_id order by id desc limit :keep
    )
)
