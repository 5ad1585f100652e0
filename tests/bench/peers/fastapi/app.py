"""What many would write instead of orgd: FastAPI with SQLAlchemy, like the original service. It reads what orgd's
schema holds and does the same work: the bearer API key is checked against the database, the membership is joined, in
one statement. Run by uvicorn with two workers. DATABASE_OPTIONS names the option file, group [orgd]."""

import base64
import binascii
import hashlib
import hmac
import os
import uuid
from datetime import datetime, timezone
from typing import Any, List, Optional

from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import BINARY, JSON, Boolean, Column, ForeignKey, String, create_engine, select
from sqlalchemy.dialects.mysql import DATETIME
from sqlalchemy.orm import Session, declarative_base, sessionmaker
from sqlalchemy.types import TypeDecorator

engine = create_engine("mysql+pymysql://", pool_size=8, max_overflow=0,
                       connect_args={"read_default_file": os.environ["DATABASE_OPTIONS"], "read_default_group": "orgd",
                                     "charset": "utf8mb4"})
SessionLocal = sessionmaker(engine, autoflush=False, expire_on_commit=False)
Base = declarative_base()
app = FastAPI()
bearer = HTTPBearer()


class Uuid(TypeDecorator):
    impl = BINARY(16)
    cache_ok = True

    def process_bind_param(self, value, dialect):
        return value.bytes

    def process_result_value(self, value, dialect):
        return uuid.UUID(bytes=value)


class Account(Base):
    __tablename__ = "orgd_accounts"
    id = Column(Uuid, primary_key=True)
    is_active = Column(Boolean)


class Credential(Base):
    __tablename__ = "orgd_credentials"
    id = Column(Uuid, primary_key=True)
    account_id = Column(Uuid, ForeignKey("orgd_accounts.id"))
    secret_digest = Column(BINARY(32))
    is_active = Column(Boolean)


class Organization(Base):
    __tablename__ = "orgd_organizations"
    id = Column(Uuid, primary_key=True)
    name = Column(String(50))
    description = Column(String(256))
    logo_url = Column(String(2048))
    links = Column(JSON)
    owner_id = Column(Uuid)
    created = Column(DATETIME(fsp=6))
    updated = Column(DATETIME(fsp=6))


class Membership(Base):
    __tablename__ = "orgd_memberships"
    organization_id = Column(Uuid, ForeignKey("orgd_organizations.id"), primary_key=True)
    account_id = Column(Uuid, ForeignKey("orgd_accounts.id"), primary_key=True)
    organization_created = Column(DATETIME(fsp=6))


class OrganizationOut(BaseModel):
    name: str
    description: Optional[str]
    logo_url: Optional[str]
    id: uuid.UUID
    created: datetime
    updated: datetime
    has_active_subscription: Optional[bool] = None
    trial_expiry: Optional[int] = None
    owner_id: uuid.UUID
    links: Optional[List[Any]]

    class Config:
        orm_mode = True
        json_encoders = {datetime: lambda time: time.replace(tzinfo=timezone.utc).isoformat()}


class Bearer:
    """The caller's credential as the request shows it; what the database knows of it comes with the row asked for."""

    def __init__(self, header: HTTPAuthorizationCredentials = Depends(bearer)):
        key = header.credentials
        try:
            self.id = uuid.UUID(bytes=base64.urlsafe_b64decode(key.partition("_")[2])[:16])
        except (ValueError, binascii.Error):
            raise unauthorized()
        self.digest = hashlib.sha256(key.encode()).digest()

    def check(self, row):
        if row is None or not hmac.compare_digest(row.secret_digest, self.digest):
            raise unauthorized()
        if not (row.credential_is_active and row.account_is_active):
            raise unauthorized()


def unauthorized():
    return HTTPException(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})


def database():
    with SessionLocal() as session:
        yield session


def of_caller(caller, *entities):
    """The caller's row; what is asked for is joined to it."""
    return (select(Credential.secret_digest, Credential.is_active.label("credential_is_active"),
                   Account.is_active.label("account_is_active"), *entities)
            .join(Account, Account.id == Credential.account_id).where(Credential.id == caller.id))


@app.get("/organizations/{organization_id}", response_model=OrganizationOut)
def get_organization(organization_id: uuid.UUID, caller: Bearer = Depends(), session: Session = Depends(database)):
    statement = (of_caller(caller, Organization)
                 .outerjoin(Membership, (Membership.account_id == Account.id) &
                            (Membership.organization_id == organization_id))
                 .outerjoin(Organization, Organization.id == Membership.organization_id))
    row = session.execute(statement).first()
    caller.check(row)
    if row.Organization is None:
        raise HTTPException(404, "not found")
    return row.Organization


@app.get("/organizations", response_model=List[OrganizationOut])
def list_organizations(limit: int = Query(100, ge=1, le=1000), caller: Bearer = Depends(),
                       session: Session = Depends(database)):
    statement = (of_caller(caller, Organization)
                 .outerjoin(Membership, Membership.account_id == Account.id)
                 .outerjoin(Organization, Organization.id == Membership.organization_id)
                 .order_by(Membership.organization_created, Membership.organization_id).limit(limit))
    rows = session.execute(statement).all()
    caller.check(rows[0] if rows else None)
    return [row.Organization for row in rows if row.Organization is not None]
