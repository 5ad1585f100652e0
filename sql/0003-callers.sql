-- Every request asks whether its credential and the account behind it are active. The account's part of the answer now
-- stands in the credential's row too, so that a request reads one table less. Nobody has to keep it: the foreign key does,
-- at once, whoever changes the account and by whatever means.

ALTER TABLE accounts
    ADD UNIQUE INDEX IF NOT EXISTS accounts_standing (id, is_active, is_superuser);

ALTER TABLE credentials
    ADD COLUMN IF NOT EXISTS account_is_active BOOLEAN NOT NULL DEFAULT TRUE COMMENT 'of the account, kept by the foreign key',
    ADD COLUMN IF NOT EXISTS account_is_superuser BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'likewise';

UPDATE credentials c JOIN accounts a ON a.id = c.account_id
SET c.account_is_active = a.is_active, c.account_is_superuser = a.is_superuser;

ALTER TABLE credentials
    ADD CONSTRAINT credentials_standing
        FOREIGN KEY IF NOT EXISTS (account_id, account_is_active, account_is_superuser)
        REFERENCES accounts (id, is_active, is_superuser) ON DELETE CASCADE ON UPDATE CASCADE,
    DROP FOREIGN KEY IF EXISTS credentials_account;
