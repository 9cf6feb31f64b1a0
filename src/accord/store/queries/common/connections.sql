-- name: all_connections()
select body, (select max(r.number) from rules_versions r where r.connection_id = connections.id)
from connections order by name, id

-- name: connection_by_id(id)^
select body, (select max(r.number) from rules_versions r where r.connection_id = connections.id)
from connections where id = :id

-- name: put_connection(id, name, state, body)!
-- Writes nothing where another connection that is not removed has the name.
insert into connections (id, name, state, body)
select cast(:id as text), cast(:name as text), cast(:state as text), cast(:body as text)
where cast(:state as text) = 'removed' or not exists (
    select 1 from connections other
    where other.name = :name and other.state <> 'removed' and other.id <> :id
)
on conflict (id) do update set name = excluded.name, state = excluded.state, body = excluded.body
