-- name: holds()
select scope, name, until, attempts, cause from holds order by scope, name

-- name: put_hold(scope, name, until, attempts, cause)!
insert into holds (scope, name, until, attempts, cause) values (:scope, :name, :until, :attempts, :cause)
on conflict (scope, name) do update set
    until = excluded.until, attempts = excluded.attempts, cause = excluded.cause

-- name: lift_hold(scope, name)!
delete from holds where scope = :scope and name = :name

-- name: cursor_of(tracker)$
select value from cursors where tracker = :tracker

-- name: put_cursor(tracker, value)!
insert into cursors (tracker, value) values (:tracker, :value)
on conflict (tracker) do update set value = excluded.value

-- name: forget_nonces(before)!
delete from nonces where used_at < :before

-- name: use_nonce(key_id, nonce, now)!
insert into nonces (key_id, nonce, used_at) values (:key_id, :nonce, :now) on conflict do nothing

-- name: digest(tracker, item_key, attachment_id)^
select sha256, size from digests
where tracker = :tracker and item_key = :item_key and attachment_id = :attachment_id

-- name: put_digest(tracker, item_key, attachment_id, sha256, size)!
insert into digests (tracker, item_key, attachment_id, sha256, size)
values (:tracker, :item_key, :attachment_id, :sha256, :size)
on conflict (tracker, item_key, attachment_id) do update set sha256 = excluded.sha256, size = excluded.size

-- name: offered_blob(connection_id, sha256)^
select item_key, attachment_id from blob_offers where connection_id = :connection_id and sha256 = :sha256

-- name: offer_blob(connection_id, sha256, item_key, attachment_id)!
insert into blob_offers (connection_id, sha256, item_key, attachment_id)
values (:connection_id, :sha256, :item_key, :attachment_id)
on conflict (connection_id, sha256) do update set
    item_key = excluded.item_key, attachment_id = excluded.attachment_id

-- name: counters()
select name, value from counters order by name

-- name: add_to_counter(name, amount)!
insert into counters (name, value) values (:name, :amount)
on conflict (name) do update set value = counters.value + excluded.value

-- name: fact(name)$
select value from facts where name = :name

-- name: put_fact(name, value)!
insert into facts (name, value) values (:name, :value)
on conflict (name) do update set value = excluded.value
