-- People and what they may do: members, roles, teams.

-- What a member may do is one number. `own_roles` becomes a SET, so that its number has a bit for each of the system's roles.
-- Who is a member already holds what the role of before gives, and counts as a member since the organization was made.
ALTER TABLE orgd_memberships
    CHANGE COLUMN IF EXISTS role own_roles SET('admin', 'manager', 'viewer', 'billing_admin', 'member') NOT NULL
        COMMENT 'the system''s roles that are assigned to the member; those of teams are not among them',
    ADD COLUMN IF NOT EXISTS mask BIGINT UNSIGNED NOT NULL DEFAULT (256 | own_roles)
        COMMENT 'what the member holds, also by teams: bits 0 to 4 the system''s roles, from bit 8 permissions; bit 8 always' AFTER own_roles,
    ADD COLUMN IF NOT EXISTS created DATETIME(6) NOT NULL DEFAULT (organization_created) COMMENT 'since when it is a member';
