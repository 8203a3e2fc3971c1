"""scratch"""
from __future__ import annotations
import sys, time
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq

def ids(prefix, numbers, width):
    return pc.binary_join_element_wise(prefix, pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0"), "")

def fen(values):
    words = np.empty((len(values), 2), dtype=np.int64); words[:,0]=values; words[:,1]=values>>63
    return pa.Array.from_buffers(pa.decimal128(16,2), len(values), [None, pa.py_buffer(words)])

def rows(n, seed=23):
    rng=np.random.default_rng(seed)
    persons=max(1,n//5)
    person=np.sort(rng.integers(0,persons,n))
    start=np.datetime64("2022-01-01","s")
    t=rng.integers(0,365*86400,n)
    order=np.lexsort((t,person)); t=t[order]
    scope=np.minimum(np.exp(rng.normal(12.2,1.4,n)),9e7).astype(np.int64)
    paid=(scope*rng.uniform(0.4,0.95,n)).astype(np.int64)
    pclass=rng.choice(np.array([0,1,2,3],dtype=np.int8),persons,p=[.1,.2,.6,.1])
    vet=rng.random(persons)<0.05
    benefit=rng.choice(3,n,p=[.55,.15,.3]).astype(np.int32)
    excl=rng.choice(6,n,p=[.95,.01,.01,.01,.01,.01]).astype(np.int32)
    B=pa.array(["inpatient","major_outpatient","special_outpatient"])
    E=pa.array(["","not_contracted","out_of_area_no_referral","wellness_cosmetic","third_party","other"])
    return pa.table({
     "setl_id": ids("4311",rng.permutation(n),14),
     "psn_no": ids("4311000099",person,12),
     "setl_time": pa.array((start+t).astype("datetime64[us]")),
     "setl_seq": pa.array(np.zeros(n,np.int32)),
     "benefit": B.take(pa.array(benefit)),
     "assistance_class": pa.array(pclass[person]),
     "hardship_veteran": pa.array(vet[person]),
     "inscp_scp_amt": fen(scope), "paid_before_assistance": fen(paid),
     "exclusion": E.take(pa.array(excl)),
    })
n=int(sys.argv[1]); t0=time.time()
tab=rows(n); print(time.time()-t0)
out=Path("var/bench"); 
pq.write_table(tab,out/f"sorted-{n}.parquet",row_group_size=122_880)
perm=np.random.default_rng(1).permutation(n)
pq.write_table(tab.take(perm),out/f"unsorted-{n}.parquet",row_group_size=122_880)
print(time.time()-t0)
