<?php

/* What many would write instead of orgd: PHP with PDO, run by PHP-FPM. It reads what orgd's schema holds and does the
 * same work: the bearer API key is checked against the database, the membership is joined, in one statement. The
 * connection is persistent; with PDO's emulated statements a request costs one round trip. */

declare(strict_types=1);

const CALLER_COLUMNS = 'c.secret_digest, c.is_active AND a.is_active AS is_active';
const ORG_COLUMNS = 'o.id, o.name, o.description, o.logo_url, o.links, o.owner_id, o.created, o.updated';
const CALLER_FROM = 'FROM orgd_credentials c JOIN orgd_accounts a ON a.id = c.account_id';

function answer(int $status, mixed $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    echo json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
    exit;
}

function database(): PDO
{
    $dsn = 'mysql:unix_socket=' . getenv('DATABASE_SOCKET') . ';dbname=orgd;charset=utf8mb4';
    return new PDO($dsn, getenv('DATABASE_USER'), getenv('DATABASE_PASSWORD'), [
        PDO::ATTR_PERSISTENT => true,
        PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
        PDO::ATTR_DEFAULT_FETCH_MODE => PDO::FETCH_ASSOC,
    ]);
}

/* The API key that the request carries. */
function bearer(): string
{
    $header = $_SERVER['HTTP_AUTHORIZATION'] ?? '';
    return str_starts_with($header, 'Bearer ') ? substr($header, 7) : answer(401, ['detail' => 'unauthorized']);
}

/* The id that an API key holds: the first 16 bytes behind its prefix. */
function credential_id(string $key): string
{
    $bytes = base64_decode(strtr(substr($key, 7), '-_', '+/'), true);
    return $bytes === false ? '' : substr($bytes, 0, 16);
}

function check_caller(array|false $row, string $key): void
{
    if (!$row || !$row['is_active'] || !hash_equals($row['secret_digest'], hash('sha256', $key, true))) {
        answer(401, ['detail' => 'unauthorized']);
    }
}

function uuid(string $bytes): string
{
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}

function rfc3339(string $time): string
{
    return strtr($time, ' ', 'T') . 'Z';
}

function organization(array $row): array
{
    return [
        'name' => $row['name'],
        'description' => $row['description'],
        'logo_url' => $row['logo_url'],
        'id' => uuid($row['id']),
        'created' => rfc3339($row['created']),
        'updated' => rfc3339($row['updated']),
        'has_active_subscription' => null,
        'trial_expiry' => null,
        'owner_id' => uuid($row['owner_id']),
        'links' => $row['links'] === null ? null : json_decode($row['links'], true),
    ];
}

function get_organization(string $id): never
{
    $key = bearer();
    $statement = database()->prepare(
        'SELECT ' . CALLER_COLUMNS . ', ' . ORG_COLUMNS . ' ' . CALLER_FROM .
        ' LEFT JOIN orgd_memberships m ON m.account_id = a.id AND m.organization_id = :id' .
        ' LEFT JOIN orgd_organizations o ON o.id = m.organization_id WHERE c.id = :credential'
    );
    $statement->execute(['id' => hex2bin(str_replace('-', '', $id)), 'credential' => credential_id($key)]);
    $row = $statement->fetch();
    check_caller($row, $key);
    $row['id'] === null ? answer(404, ['detail' => 'not found']) : answer(200, organization($row));
}

function list_organizations(int $limit): never
{
    $key = bearer();
    $statement = database()->prepare(
        'SELECT ' . CALLER_COLUMNS . ', ' . ORG_COLUMNS . ' ' . CALLER_FROM .
        ' LEFT JOIN orgd_memberships m ON m.account_id = a.id LEFT JOIN orgd_organizations o ON o.id = m.organization_id' .
        " WHERE c.id = :credential ORDER BY m.organization_created, m.organization_id LIMIT $limit"
    );
    $statement->execute(['credential' => credential_id($key)]);
    $rows = $statement->fetchAll();
    check_caller($rows[0] ?? false, $key);
    answer(200, array_map('organization', array_filter($rows, fn(array $row) => $row['id'] !== null)));
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if (preg_match('#^/organizations/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$#', $path, $match)) {
    get_organization($match[1]);
}
if ($path === '/organizations') {
    list_organizations(max(1, min(1000, (int) ($_GET['limit'] ?? 100))));
}
answer(404, ['detail' => 'not found']);
