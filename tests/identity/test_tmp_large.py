"""tmp"""
import asyncio, resource, time, sys, os
from tests.conftest import app_dsn
from tests.identity import edi
from tests.identity import test_identity_start as tis
async def run(dsn,*a):
    real=asyncio.create_subprocess_exec
    env={**os.environ,"PYTHONPATH":"/work/main","PORTAL_ENV":"test","PORTAL_HTTP_PORT":"1","PORTAL_POSTGRES_DSN":dsn,"PORTAL_AMQP_URL":"amqp://nobody@127.0.0.1:1/","PORTAL_TOKEN_PUBLIC_KEY":tis.PUBLIC_KEY,"PORTAL_GATEWAY_KEY":tis.GATEWAY_KEY,"PORTAL_SSN_KEYS":tis.RING,"PORTAL_BLIND_INDEX_KEY":tis.INDEX_KEY,"PORTAL_TOKEN_PRIVATE_KEY":tis.PRIVATE_KEY,"PORTAL_LINK_KEY":tis.b64encode(tis.LINK_KEY).decode()}
    p=await real(sys.executable,"/tmp/run_cli.py",*a,env=env,cwd="/work/main",stdout=-1,stderr=-1)
    o,e=await p.communicate(); return p.returncode,o.decode()[-300:],e.decode()[-300:]
import pytest
@pytest.mark.timeout(1500)
async def test_large(portal_database, tmp_path):
    """x"""
    n=int(os.environ.get("N","5000"))
    f=tmp_path/"l.edi"
    with f.open("wb") as o:
        for p in edi.large_file(n): o.write(p)
    print("size", f.stat().st_size/1e6)
    dsn=app_dsn("identity", portal_database)
    b=resource.getrusage(resource.RUSAGE_CHILDREN)
    t=time.time()
    print(await run(dsn,"import-834",str(f)))
    e=resource.getrusage(resource.RUSAGE_CHILDREN)
    print("secs",time.time()-t,"rss MB",e.ru_maxrss/1024,"cpu",e.ru_utime-b.ru_utime,e.ru_stime-b.ru_stime)
    t=time.time()
    print(await run(dsn,"import-834",str(f))); print("again",time.time()-t)
    f.write_bytes(b"".join(edi.large_file(n,9)))
    t=time.time()
    print(await run(dsn,"import-834",str(f))); print("unchanged",time.time()-t)
