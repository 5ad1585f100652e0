-- For people at the SQL prompt: what is in the database, with ids as text. Nothing of orgd needs these views, and 'orgctl
-- migrate' leaves them out: not every account may make views, and a dump names who made them, so that only that user or an
-- administrator could restore it. Whoever wants them runs this file, 'mariadb orgd <views.sql', and dumps without them.

CREATE OR REPLACE SQL SECURITY INVOKER VIEW orgd_readable_accounts AS
SELECT LOWER(INSERT(INSERT(INSERT(INSERT(HEX(a.id), 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')) AS id,
       a.kind, a.name, a.email, a.email_key IS NOT NULL AS email_verified, a.full_name, p.avatar_url, p.company, p.job_title,
       p.language, p.time_zone, COALESCE(p.metadata, '{}') AS metadata, a.is_active, a.is_superuser,
       o.name AS organization, a.organizations_owned, a.organization_limit, a.created, a.updated
FROM orgd_accounts a LEFT JOIN orgd_profiles p ON p.account_id = a.id
    LEFT JOIN orgd_organizations o ON o.id = a.organization_id
WHERE a.ended IS NULL AND o.ended IS NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW orgd_readable_organizations AS
SELECT LOWER(INSERT(INSERT(INSERT(INSERT(HEX(o.id), 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')) AS id,
       o.name, o.description, o.logo_url, o.links, a.name AS owner, o.subscription_status, o.trial_end, o.revision, o.created,
       o.updated
FROM orgd_organizations o JOIN orgd_accounts a ON a.id = o.owner_id
WHERE o.ended IS NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW orgd_readable_memberships AS
SELECT o.name AS organization, a.kind, a.name AS account,
       CONCAT_WS(',', NULLIF(m.own_roles, ''),
                 (SELECT GROUP_CONCAT(r.name ORDER BY r.created, r.id) FROM orgd_role_assignments s
                  JOIN orgd_roles r ON r.id = s.role_id
                  WHERE s.holder_id = m.account_id AND s.organization_id = m.organization_id)) AS roles,
       (SELECT GROUP_CONCAT(g.name ORDER BY g.created, g.id) FROM orgd_team_members t JOIN orgd_teams g ON g.id = t.team_id
        WHERE t.holder_id = m.account_id AND t.organization_id = m.organization_id) AS teams,
       a.id = o.owner_id AS is_owner, m.created
FROM orgd_memberships m JOIN orgd_organizations o ON o.id = m.organization_id
    JOIN orgd_accounts a ON a.id = m.account_id
WHERE o.ended IS NULL AND a.ended IS NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW orgd_readable_credentials AS
SELECT LOWER(INSERT(INSERT(INSERT(INSERT(HEX(c.id), 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')) AS id,
       c.kind, c.name, c.description, c.hint, n.name AS client, a.name AS account, o.name AS organization, c.is_active,
       c.created, c.expires, u.last_used, c.rotated, c.retained_until
FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id
    LEFT JOIN orgd_organizations o ON o.id = a.organization_id
    LEFT JOIN orgd_clients n ON n.id = c.client_id
    LEFT JOIN orgd_credential_uses u ON u.credential_id = c.id
WHERE c.account_is_active IS NOT NULL;

CREATE OR REPLACE SQL SECURITY INVOKER VIEW orgd_readable_clients AS
SELECT LOWER(INSERT(INSERT(INSERT(INSERT(HEX(id), 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')) AS id,
       name, secret_digest IS NOT NULL AS is_confidential, redirect_uris, has_device_grant, is_trusted, is_resource_server, created
FROM orgd_clients WHERE ended IS NULL;
