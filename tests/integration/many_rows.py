"""Very many rows that belong to one organization, client or account: for tests of ends, and for the benchmark of them."""

ENDED = {"account_is_active": "NULL", "account_is_superuser": "NULL", "is_active": "FALSE",
         "expires": "NOW(6) - INTERVAL 1 DAY"}


def fill(sql, table, mark, values, count):
    """So many rows, whose ids are made of a mark and a number."""
    columns = ", ".join(values)
    sql(f"INSERT INTO orgd.orgd_{table} ({columns}) SELECT {', '.join(values.values())}"
        f" FROM orgd.seq_1_to_{count}".replace("$ID", f"UNHEX(MD5(CONCAT('{mark}', seq)))"))


def credentials(account, kind, **values):
    return {"id": "$ID", "account_id": account, "kind": f"'{kind}'", "secret_digest": "UNHEX(SHA2(seq, 256))",
            "created": "NOW(6)", **values}


def codes(account, client):
    """Codes that nobody can use: they have just expired."""
    return {"id": "$ID", "digest": "UNHEX(SHA2(seq, 256))", "client_id": f"UNHEX('{client.replace('-', '')}')",
            "account_id": account, "session_id": "$ID", "redirect_uri": "'https://a.example/'", "expires": "NOW(6)"}


def fill_member(sql, account, owner, mark, count):
    """So many organizations of an owner, of which the account is a member."""
    fill(sql, "organizations", mark, {
        "id": "$ID", "name": f"CONCAT('{mark}', seq)", "name_key": f"CONCAT('{mark}', seq)", "owner_id": owner,
        "subscription_status": "'active'", "created": "NOW(6) - INTERVAL seq SECOND", "updated": "NOW(6)"}, count)
    fill(sql, "memberships", mark, {"organization_id": "$ID", "account_id": account, "own_roles": "'viewer'",
                                    "organization_created": "NOW(6) - INTERVAL seq SECOND"}, count)


def fill_organization(sql, organization, mark, count):
    """So many service accounts, their keys and their memberships."""
    fill(sql, "accounts", mark, {
        "id": "$ID", "kind": "'service'", "name": f"CONCAT('{mark}', seq)", "name_key": f"CONCAT('{mark}', seq, UNHEX('FF'), {organization})",
        "organization_id": organization, "created": "NOW(6)", "updated": "NOW(6)"}, count)
    fill(sql, "credentials", mark, credentials("$ID", "api_key", organization_id=organization), count)
    fill(sql, "memberships", mark, {"organization_id": organization, "account_id": "$ID", "own_roles": "'viewer'",
                                    "organization_created": "NOW(6)"}, count)
