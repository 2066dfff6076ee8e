/** A million work requests: a tenth of them pending, a tenth running, the rest completed; some in workflows. */
export const workRequests = (count: number): string => `
  insert into db_user (id, username, password, email, first_name, last_name, is_superuser, is_staff, is_active, date_joined)
    values (1000, 'bench', '!', 'bench@example.org', '', '', false, false, true, now());
  insert into db_token (id, hash, created_at, comment, enabled)
    select n, encode(sha256(n::text::bytea), 'hex'), now(), '', true from generate_series(1, 10) n;
  insert into db_worker (id, name, registered_at, static_metadata, dynamic_metadata, internal, token_id, concurrency)
    select n, 'worker-' || n || '-example-org', now(), '{}', '{}', false, n, 1 from generate_series(1, 10) n;
  insert into db_workrequest (id, created_at, started_at, completed_at, status, result, task_type, task_name,
      task_data, workflow_data, event_reactions, unblock_strategy, priority_base, priority_adjustment, created_by_id,
      parent_id, worker_id, workspace_id)
    select n, now() - (${count} - n) * interval '1 second', case when n % 10 > 0 then now() end,
      case when n % 10 > 1 then now() end,
      case n % 10 when 0 then 'pending' when 1 then 'running' else 'completed' end,
      case when n % 10 < 2 then '' when n % 100 = 2 then 'failure' else 'success' end,
      case n % 20 when 2 then 'Workflow' else 'Worker' end, case n % 20 when 2 then 'sbuild' else 'autopkgtest' end,
      '{"input": {"source_artifact": 536}, "host_architecture": "amd64"}', '{}', '{}', 'deps', n % 7, 0, 1000,
      case when n % 20 between 3 and 9 then n - n % 20 + 2 end, case when n % 10 > 0 then 1 + n % 10 end, 1
    from generate_series(1, ${count}) n;
  select setval('db_workrequest_id_seq', ${count});
`;
