-- name: lock_lane(twin_id, direction)^
select state from lanes where twin_id = :twin_id and direction = :direction for update

-- name: lock_lease(twin_id, owner, epoch)^
select epoch from leases where twin_id = :twin_id and owner = :owner and epoch = :epoch for update

-- name: lock_claims()
-- Only where one item may have twins in two connections must claims of two processes wait for each other.
select pg_advisory_xact_lock(7267332) from connections where state = 'active' having count(*) > 1

-- name: claimable(connection_id, now, busy, most)
select l.twin_id from lanes l
join leases s on s.twin_id = l.twin_id
where l.connection_id = :connection_id and l.state = 'ready' and l.due <= :now and s.until <= :now
    and l.twin_id not in (
        select t.id from twins t
        where t.connection_id = :connection_id and t.state <> 'ended' and t.local_key in (select jsonb_array_elements_text(cast(:busy as jsonb)))
    )
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
