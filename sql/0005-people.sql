-- People: what is known of them, and what they may do: members, roles, teams, keys.

-- What a member may do is one number. `own_roles` becomes a SET, so that its number has a bit for each of the system's roles.
-- Who is a member already holds what the role of before gives, and counts as a member since the organization was made.
ALTER TABLE orgd_memberships
    CHANGE COLUMN IF EXISTS role own_roles SET('admin', 'manager', 'viewer', 'billing_admin', 'member') NOT NULL
        COMMENT 'the system''s roles that are assigned to the member; those of teams are not among them',
    ADD COLUMN IF NOT EXISTS mask BIGINT UNSIGNED NOT NULL DEFAULT (256 | own_roles)
        COMMENT 'what the member holds, also by teams: bits 0 to 4 the system''s roles, from bit 8 permissions; bit 8 always' AFTER own_roles,
    ADD COLUMN IF NOT EXISTS created DATETIME(6) NOT NULL DEFAULT (organization_created) COMMENT 'since when it is a member';

-- What people say about themselves, apart from orgd_accounts: whoever creates an organization writes the row there, and a
-- cluster sends rows as a whole. Who has said nothing has no row.
CREATE TABLE IF NOT EXISTS orgd_profiles (
    account_id BINARY(16) NOT NULL,
    avatar_url VARCHAR(2048) NULL,
    company VARCHAR(200) NULL,
    job_title VARCHAR(200) NULL,
    metadata MEDIUMTEXT NULL COMMENT 'a JSON object in canonical form; NULL: an empty one',
    language VARCHAR(35) NULL COMMENT 'BCP 47',
    time_zone VARCHAR(64) NULL COMMENT 'a name of the time zone database',
    description VARCHAR(256) NULL COMMENT 'of a service account: what it is for',
    PRIMARY KEY (account_id),
    CONSTRAINT orgd_profiles_account FOREIGN KEY (account_id) REFERENCES orgd_accounts (id) ON DELETE CASCADE,
    CONSTRAINT orgd_profiles_metadata CHECK (metadata IS NULL OR JSON_VALID(metadata))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Users are found by the beginning of the address and of the full name, without regard to case, in names not to accents
-- either; by the user name they are found along its key.
ALTER TABLE orgd_accounts
    MODIFY email VARCHAR(254) COLLATE utf8mb4_general_ci NULL,
    MODIFY full_name VARCHAR(200) COLLATE utf8mb4_unicode_520_ci NULL,
    ADD COLUMN IF NOT EXISTS revision BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'goes up with each change of what answers show; the ETag',
    ADD KEY IF NOT EXISTS orgd_accounts_email (email),
    ADD KEY IF NOT EXISTS orgd_accounts_full_name (full_name),
    ADD KEY IF NOT EXISTS orgd_accounts_active (is_active, id);

-- And by who they are to another issuer, by either half of that.
ALTER TABLE orgd_identities
    ADD KEY IF NOT EXISTS orgd_identities_issuer (issuer, account_id),
    ADD KEY IF NOT EXISTS orgd_identities_subject (subject, account_id);

-- Invitations. Who is invited is an address. One that was decided or has expired is kept for a while, so that its link can
-- say what became of it.
CREATE TABLE IF NOT EXISTS orgd_invitations (
    id BINARY(16) NOT NULL,
    organization_id BINARY(16) NOT NULL,
    email VARCHAR(254) NOT NULL,
    email_key VARBINARY(254) NOT NULL COMMENT 'what makes addresses the same, made by orgd',
    own_roles SET('admin', 'manager', 'viewer', 'billing_admin', 'member') NOT NULL COMMENT 'the system''s roles that it gives',
    status ENUM('pending', 'accepted', 'declined', 'revoked') NOT NULL DEFAULT 'pending',
    is_open BOOLEAN NULL DEFAULT TRUE COMMENT 'TRUE while it is pending, and after it has expired until another takes its place; else NULL',
    link_digest BINARY(32) NOT NULL COMMENT 'of the secret for whoever invites, which lets join',
    mail_digest BINARY(32) NOT NULL COMMENT 'of the secret in the mail, which also proves the address',
    inviter_id BINARY(16) NULL COMMENT 'NULL: an operator; may be gone',
    account_id BINARY(16) NULL COMMENT 'who accepted or declined it; may be gone',
    days INT UNSIGNED NOT NULL COMMENT 'how long it can be accepted, from when it was sent last',
    created DATETIME(6) NOT NULL,
    expires DATETIME(6) NOT NULL,
    kept_until DATETIME(6) NOT NULL COMMENT 'removed then',
    PRIMARY KEY (id),
    UNIQUE KEY orgd_invitations_open (organization_id, is_open, email_key),
    KEY orgd_invitations_organization (organization_id, id),
    KEY orgd_invitations_pending (organization_id, is_open, created, id),
    KEY orgd_invitations_ending (organization_id, is_open, expires),
    KEY orgd_invitations_email (email_key, id),
    KEY orgd_invitations_email_open (email_key, is_open, id),
    KEY orgd_invitations_kept (kept_until),
    CONSTRAINT orgd_invitations_organization FOREIGN KEY (organization_id) REFERENCES orgd_organizations (id)
        ON DELETE CASCADE,
    CONSTRAINT orgd_invitations_open_is_pending CHECK (is_open IS NULL OR (is_open AND status = 'pending'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Mails that are on their way: written in the transaction of what they tell, and sent by a courier, or by 'orgctl deliver'.
-- Who sends one claims it first, by a committed UPDATE of `due`.
CREATE TABLE IF NOT EXISTS orgd_mails (
    id BINARY(16) NOT NULL COMMENT 'in its Message-ID',
    kind VARCHAR(40) NOT NULL COMMENT 'the name of its template',
    organization_id BINARY(16) NULL COMMENT 'for which it is sent, may be gone; NULL: for the service itself',
    recipient VARCHAR(254) NOT NULL COMMENT 'an address',
    language VARCHAR(35) NOT NULL COMMENT 'of its texts (RFC 5646)',
    subject VARCHAR(500) NOT NULL,
    text_body MEDIUMTEXT NULL COMMENT 'NULL: it was sent',
    html_body MEDIUMTEXT NULL COMMENT 'likewise',
    state ENUM('waiting', 'sent', 'failed') NOT NULL,
    created DATETIME(6) NOT NULL,
    expires DATETIME(6) NULL COMMENT 'when what it says is of no use any more; NULL: never',
    give_up DATETIME(6) NOT NULL COMMENT 'when it fails if it could not be sent',
    due DATETIME(6) NULL COMMENT 'when to try next; while it is claimed: when the claim ends; NULL: never',
    claim BINARY(16) NULL COMMENT 'of whoever is sending it',
    attempts INT UNSIGNED NOT NULL,
    answer VARCHAR(300) NULL COMMENT 'of the mail server, or why it did not answer',
    done DATETIME(6) NULL COMMENT 'when it was sent, or failed',
    PRIMARY KEY (id),
    KEY orgd_mails_due (due, created),
    KEY orgd_mails_done (done),
    KEY orgd_mails_organization (organization_id, created, recipient)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Links that were mailed to the address of an account: to choose a new password, or to prove that the address is the
-- account's. Each is used once, and takes the place of the one before.
CREATE TABLE IF NOT EXISTS orgd_mailed_links (
    account_id BINARY(16) NOT NULL,
    kind ENUM('password', 'address') NOT NULL,
    id BINARY(16) NOT NULL,
    email VARCHAR(254) NOT NULL COMMENT 'where it was mailed to; it counts while this is the address of the account',
    email_key VARBINARY(254) NOT NULL COMMENT 'what makes addresses the same, made by orgd',
    digest BINARY(32) NOT NULL COMMENT 'of the secret in the link',
    expires DATETIME(6) NOT NULL,
    PRIMARY KEY (account_id, kind),
    UNIQUE KEY orgd_mailed_links_id (id),
    KEY orgd_mailed_links_expires (expires),
    CONSTRAINT orgd_mailed_links_account FOREIGN KEY (account_id) REFERENCES orgd_accounts (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- What people know keys and personal tokens by, besides their names.
ALTER TABLE orgd_credentials
    ADD COLUMN IF NOT EXISTS description VARCHAR(256) NULL AFTER name,
    ADD COLUMN IF NOT EXISTS hint VARCHAR(4) NULL COMMENT 'the last characters of the secret; NULL: it is older than this column' AFTER description,
    ADD COLUMN IF NOT EXISTS revision BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'of keys and tokens: goes up with each change by people; the ETag';

-- When keys, tokens and grants were used last. A table of its own: so a use takes no lock that a rotation, a deletion or a
-- refresh waits for, and makes none of them conflict on another node. Without a foreign key, for the same reason; the courier
-- removes a row before that of its credential.
CREATE TABLE IF NOT EXISTS orgd_credential_uses (
    credential_id BINARY(16) NOT NULL,
    last_used DATETIME(6) NOT NULL COMMENT 'the beginning of the hour',
    PRIMARY KEY (credential_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Lists of members are in the order in which they came.
ALTER TABLE orgd_memberships ADD KEY IF NOT EXISTS orgd_memberships_created (organization_id, created, account_id);

-- The ids of the system's roles are the organization's with the last three bits changed, and cost no row. So no two
-- organizations may have ids that differ there alone.
ALTER TABLE orgd_organizations
    ADD COLUMN IF NOT EXISTS role_ids BINARY(16) AS (CONCAT(LEFT(id, 15), CHAR(ASCII(RIGHT(id, 1)) & 248))) STORED
        COMMENT 'what the ids of its system''s roles have in common: the id without the last three bits' AFTER id,
    ADD UNIQUE KEY IF NOT EXISTS orgd_organizations_role_ids (role_ids);

-- Roles that were made in an organization.
CREATE TABLE IF NOT EXISTS orgd_roles (
    id BINARY(16) NOT NULL,
    organization_id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL COMMENT 'NFC',
    name_key VARBINARY(1024) NOT NULL COMMENT 'what makes names the same, made by orgd',
    description VARCHAR(256) NULL,
    mask BIGINT UNSIGNED NOT NULL COMMENT 'its permissions, as in orgd_memberships.mask',
    revision BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'goes up with each change; the ETag',
    created DATETIME(6) NOT NULL,
    updated DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY orgd_roles_name (organization_id, name_key),
    KEY orgd_roles_created (organization_id, created, id),
    KEY orgd_roles_organization (organization_id, id),
    CONSTRAINT orgd_roles_organization FOREIGN KEY (organization_id) REFERENCES orgd_organizations (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Who holds them. The system's roles are bits of the holders themselves (own_roles).
CREATE TABLE IF NOT EXISTS orgd_role_assignments (
    role_id BINARY(16) NOT NULL,
    holder_id BINARY(16) NOT NULL COMMENT 'of a member''s account, a team or an invitation, which may be gone',
    holder ENUM('account', 'team', 'invitation') NOT NULL,
    organization_id BINARY(16) NOT NULL,
    PRIMARY KEY (role_id, holder_id),
    KEY orgd_role_assignments_holder (holder_id, organization_id, role_id),
    KEY orgd_role_assignments_organization (organization_id, holder_id),
    CONSTRAINT orgd_role_assignments_role FOREIGN KEY (role_id) REFERENCES orgd_roles (id) ON DELETE CASCADE,
    CONSTRAINT orgd_role_assignments_organization FOREIGN KEY (organization_id) REFERENCES orgd_organizations (id)
        ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

-- Where the positions of events begin that happened since a time, and where those end that happened until then: one row for
-- 500 positions. What is asked for never lies outside of what these rows say.
CREATE TABLE IF NOT EXISTS orgd_event_blocks (
    block BIGINT UNSIGNED NOT NULL COMMENT 'a position divided by 500',
    earliest DATETIME(6) NOT NULL COMMENT 'no event of this block or of a later one happened before',
    latest DATETIME(6) NOT NULL COMMENT 'no event of this block or of an earlier one happened after',
    PRIMARY KEY (block),
    KEY orgd_event_blocks_earliest (earliest),
    KEY orgd_event_blocks_latest (latest)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';
INSERT IGNORE INTO orgd_event_blocks (block, earliest, latest)
SELECT block, MIN(earliest) OVER (ORDER BY block DESC), MAX(latest) OVER (ORDER BY block)
FROM (SELECT position DIV 500 AS block, MIN(occurred_at) AS earliest, MAX(occurred_at) AS latest FROM orgd_events
      WHERE position > 0 GROUP BY block) b;

-- Finds events across chains by what they are of, in the order of their positions. An event gets its rows with its position,
-- so a write does not pay for them, and giving positions moves one entry of an index and not four.
CREATE TABLE IF NOT EXISTS orgd_event_subjects (
    kind TINYINT UNSIGNED NOT NULL COMMENT 'what the subject is of the event: 1 its action, 2 its actor, 3 one of its targets',
    subject VARBINARY(64) NOT NULL COMMENT 'the action; of an actor or a target the id',
    position BIGINT UNSIGNED NOT NULL COMMENT 'of the event',
    PRIMARY KEY (kind, subject, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';
ALTER TABLE orgd_event_targets
    DROP KEY IF EXISTS orgd_event_targets_position,
    DROP COLUMN IF EXISTS position;
INSERT IGNORE INTO orgd_event_subjects (kind, subject, position)
SELECT 1, action, position FROM orgd_events WHERE position > 0
UNION ALL SELECT 2, actor_id, position FROM orgd_events WHERE position > 0 AND actor_id IS NOT NULL
UNION ALL SELECT 3, t.target_id, e.position FROM orgd_events e JOIN orgd_event_targets t ON t.chain_id = e.chain_id
    AND t.occurred_at = e.occurred_at WHERE e.position > 0;
ALTER TABLE orgd_events
    DROP KEY IF EXISTS orgd_events_action,
    DROP KEY IF EXISTS orgd_events_actor;

-- Teams hold roles, and their members have them.
CREATE TABLE IF NOT EXISTS orgd_teams (
    id BINARY(16) NOT NULL,
    organization_id BINARY(16) NOT NULL,
    name VARCHAR(64) NOT NULL COMMENT 'NFC',
    name_key VARBINARY(1024) NOT NULL COMMENT 'what makes names the same, made by orgd',
    description VARCHAR(256) NULL,
    own_roles SET('admin', 'manager', 'viewer', 'billing_admin', 'member') NOT NULL DEFAULT ''
        COMMENT 'the system''s roles that are assigned to it',
    mask BIGINT UNSIGNED NOT NULL DEFAULT (own_roles + 0) COMMENT 'what it gives its members, as in orgd_memberships.mask',
    revision BIGINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'goes up with each change of name and description; the ETag',
    created DATETIME(6) NOT NULL,
    updated DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY orgd_teams_name (organization_id, name_key),
    KEY orgd_teams_created (organization_id, created, id),
    KEY orgd_teams_organization (organization_id, id),
    CONSTRAINT orgd_teams_organization FOREIGN KEY (organization_id) REFERENCES orgd_organizations (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';

CREATE TABLE IF NOT EXISTS orgd_team_members (
    team_id BINARY(16) NOT NULL,
    holder_id BINARY(16) NOT NULL COMMENT 'of a member''s account or an invitation, which may be gone',
    holder ENUM('account', 'invitation') NOT NULL,
    organization_id BINARY(16) NOT NULL,
    created DATETIME(6) NOT NULL,
    PRIMARY KEY (team_id, holder_id),
    KEY orgd_team_members_created (team_id, created, holder_id),
    KEY orgd_team_members_holder (holder_id, organization_id, team_id),
    KEY orgd_team_members_organization (organization_id, holder_id),
    CONSTRAINT orgd_team_members_team FOREIGN KEY (team_id) REFERENCES orgd_teams (id) ON DELETE CASCADE,
    CONSTRAINT orgd_team_members_organization FOREIGN KEY (organization_id) REFERENCES orgd_organizations (id)
        ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin COMMENT='orgd';
