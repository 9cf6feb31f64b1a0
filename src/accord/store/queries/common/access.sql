-- name: add_token(id, name, role, connection_id, digest, created_at, created_by, expires_at)!
insert into tokens (id, name, role, connection_id, digest, created_at, created_by, expires_at)
values (:id, :name, :role, :connection_id, :digest, :created_at, :created_by, :expires_at)
on conflict do nothing

-- name: token_by_id(id)^
select id, name, role, connection_id, digest, created_at, created_by, expires_at, revoked_at from tokens where id = :id

-- name: all_tokens()
select id, name, role, connection_id, digest, created_at, created_by, expires_at, revoked_at
from tokens order by created_at desc, id

-- name: revoke_token(now, id)!
update tokens set revoked_at = :now where id = :id and revoked_at is null

-- name: add_act(act, at, who, via, origin, what, outcome, connection, item, body)!
insert into acts (act, at, who, via, origin, what, outcome, connection, item, body)
values (:act, :at, :who, :via, :origin, :what, :outcome, :connection, :item, :body)

-- name: all_acts(before, most)
select id, act, at, who, via, origin, what, outcome, connection, item, body from acts
where id < :before order by id desc limit :most
