-- name: lock_lane(twin_id, direction)^
select state from lanes where twin_id = :twin_id and direction = :direction for update

-- name: lock_lease(twin_id, owner, epoch)^
select epoch from leases where twin_id = :twin_id and owner = :owner and epoch = :epoch for update

-- name: claimable(connection_id, now, most)
select l.twin_id from lanes l
join leases s on s.twin_id = l.twin_id
where l.connection_id = :connection_id and l.state = 'ready' and l.due <= :now and s.until <= :now
order by l.due limit :most
for update of s skip locked

-- name: lanes_of_twins(twin_ids)
select twin_id, direction, state, due from lanes
where twin_id = any(array(select jsonb_array_elements_text(cast(:twin_ids as jsonb))))
order by direction desc

-- name: take_leases(owner, until, twin_ids)
update leases set owner = :owner, until = :until, epoch = epoch + 1
where twin_id = any(array(select jsonb_array_elements_text(cast(:twin_ids as jsonb))))
returning twin_id, epoch
