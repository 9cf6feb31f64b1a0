-- name: head(twin_id, direction)^
select id, twin_id, direction, stage, sequence, reason, message, acknowledgment, created_at, touched
from entries where twin_id = :twin_id and direction = :direction
order by position limit 1

-- name: entries_of_lane(twin_id, direction)
select id, twin_id, direction, stage, sequence, reason, message, acknowledgment, created_at, touched
from entries where twin_id = :twin_id and direction = :direction
order by position

-- name: entries_of_twin(twin_id)
select id, twin_id, direction, stage, sequence, reason, message, acknowledgment, created_at, touched
from entries where twin_id = :twin_id
order by direction, position

-- name: touch_queued(twin_id)!
update entries set touched = touched + 1 where twin_id = :twin_id and direction = 'out' and stage = 'queued'

-- name: append_entry(twin_id, direction, sequence, reason, message, now)!
insert into entries (twin_id, direction, position, stage, sequence, reason, message, created_at, touched)
select
    cast(:twin_id as text), cast(:direction as text), coalesce(max(position), 0) + 1, 'queued',
    cast(:sequence as bigint), cast(:reason as text), cast(:message as text), :now, 0
from entries where twin_id = :twin_id and direction = :direction

-- name: prepend_composed(twin_id, sequence, reason, message, now)^
insert into entries (twin_id, direction, position, stage, sequence, reason, message, created_at, touched)
select
    cast(:twin_id as text), 'out', coalesce(min(position), 0) - 1, 'composed',
    cast(:sequence as bigint), cast(:reason as text), cast(:message as text), :now, 0
from entries where twin_id = :twin_id and direction = 'out'
returning id, twin_id, direction, stage, sequence, reason, message, acknowledgment, created_at, touched

-- name: update_entry(stage, sequence, message, acknowledgment, id, twin_id)!
update entries set stage = :stage, sequence = :sequence, message = :message, acknowledgment = :acknowledgment
where id = :id and twin_id = :twin_id

-- name: delete_entry(id, twin_id)!
delete from entries where id = :id and twin_id = :twin_id

-- name: delete_entries(twin_id, direction)!
delete from entries where twin_id = :twin_id and direction = :direction
