-- The rights of orgd's workers: to read and write rows, except three things: to make somebody a superuser
-- (orgd_accounts.is_superuser) and to change the record of the migrations (orgd_schema_migrations), which only an
-- administrator does, and to change an event (orgd_events), which nobody does. Run by the
-- database's administrator after each 'orgctl migrate', with the database's name in the line below if it is not orgd.
-- The first time, then give the role to the workers' user:
SET @orgd_database = 'orgd';
--
--     CREATE USER 'orgd'@'localhost' IDENTIFIED BY '…';
--     GRANT orgd_application TO 'orgd'@'localhost';
--     SET DEFAULT ROLE orgd_application FOR 'orgd'@'localhost';
--
-- Where a hosting panel gives one user with all rights and no roles, leave this file out.
DELIMITER //
BEGIN NOT ATOMIC
    DECLARE columns TEXT;
    DECLARE place TEXT DEFAULT CONCAT('`', REPLACE(@orgd_database, '`', '``'), '`.');

    CREATE ROLE IF NOT EXISTS orgd_application;
    -- What an earlier version of this file gave.
    IF EXISTS (SELECT 1 FROM mysql.db WHERE db = @orgd_database AND user = 'orgd_application' AND host = '') THEN
        EXECUTE IMMEDIATE CONCAT('REVOKE ALL ON ', place, '* FROM orgd_application');
    END IF;
    EXECUTE IMMEDIATE CONCAT('GRANT SELECT ON ', place, '* TO orgd_application');
    FOR t IN (SELECT table_name AS name FROM information_schema.tables
              WHERE table_schema = @orgd_database AND table_type = 'BASE TABLE' AND table_name LIKE 'orgd\_%'
                AND table_name NOT IN ('orgd_accounts', 'orgd_events', 'orgd_schema_migrations')) DO
        EXECUTE IMMEDIATE CONCAT('GRANT INSERT, UPDATE, DELETE ON ', place, t.name, ' TO orgd_application');
    END FOR;
    EXECUTE IMMEDIATE CONCAT('GRANT INSERT, UPDATE (position), DELETE ON ', place, 'orgd_events TO orgd_application');
    SELECT GROUP_CONCAT(column_name ORDER BY ordinal_position) INTO columns FROM information_schema.columns
    WHERE table_schema = @orgd_database AND table_name = 'orgd_accounts' AND column_name <> 'is_superuser';
    EXECUTE IMMEDIATE CONCAT('GRANT INSERT (', columns, '), UPDATE (', columns, '), DELETE ON ', place,
                             'orgd_accounts TO orgd_application');
END //
DELIMITER ;
