/** An encrypted message that another implementation made (the Python package `cryptography`), and the key that opens it. */

export const vectorKey = {
  kty: 'RSA',
  n: 'qeKJOCVdvi8vHgrO60rxLJ4vTuNQmTMDrAmmQzy4240pBYF_Yo1rs61Mo66W_-vb-mvfXt-qET3cokuS5J1YMtejWXUhFEbaoi-oLMgx24VRMDuj2febq_QVEufVCZrFHEisuezYqO2ZiRNdCWrwBIwPr5gRdqWt5G-jXDqOV2A_hvxdg70C37xqTgpGJyD3My1b7ChsvrZqwajlOhIgwEu6bgRGeB4Q904hyjuuA1fhzeoZI7VCr2Cxz4zyoKjVMdS7uI4oSjy8SkdTdKRplVJ47HJGfxoLHKp4ZjTGhqTnB2Rl_RXjP0LxgaRNH_qjWvh2NpNX9M9bHiz6XzQ12Q',
  e: 'AQAB',
  d: 'QB7g6_Aukbn9brlloCmJHe4WrQ_fO_OlTynVN0uT-kotUYavLeNy4z5lzuH23GGJhdtxU73X0uomfJtJtkAtKgN6BCnRcnXLz6ttLnnhV5naKvpXvc1XVG-sBJa8MgPYofRMPWDH5frIGJTWaNeUACNdSEl9Ter6113LquPvFcr_w2Jc_aIOIj9D_SYfkKXMfyx-yxFn9FgxoTO5Tia49nTbIKx7Iz0WkysB3bJL5LVRN4hewRICVc-POYIaSb9FTcd2c9sD38MYZ3c-uFb4DvsJg_Ei1kjlV5-5aqipQfL8My47kWX-XflFzHiHkTsQq412mBuPO1-VEyDQsKzmgQ',
  p: '6VomtSLXgRf1XG3EVZie0Z6vY9fzksO3db4nJ9t9GmIjlcqeC4-j1kyjJ5RYpPdbfoi87rZujQ8nXiJPNjRgBizTSl-rauvTDcfX0UZf7SkW8EbHkxh8wBFjkh1dxh_gggeSnf2tYCMqOVGo_9SPFsRdfob1dN99FJPn3nckXvs',
  q: 'ul97ktoeBDg9OE3JyD-h-ChFBxG4dpFZTn_5Wf8z6pP-5SkdvuKYwvGF_8AcOtEGGJ9SsHS4RJ0O4lH885tg1C7u2mD7_qouJp4Xrrp2UvbMVfzSXzR8OH4knKfdwAsR6L54NfPNBuCSOPS33ZY9KikBR3Eq5IB4MNHoq8meVjs',
  dp: 'VbQ8ny5qxAkOnqHaCC4Dtq13cU4xMWgci2wJaYQdkIEW3L8MCOb6n4yKJ9E-NWh7_B8wdOQf-kLkjJhBS4E0-0-fUqOMi7qNS3RoeX5FYQ9EU39LcWT-_HPmhBWxCUFP7bHmUYyIDtUbfu3VChEBdLUuOXhL0l76y4H_GR_dBd0',
  dq: 'Sp-quh0twaDHGoFDFzQrZVKyeOcmhgsiyCTDsb5Wikmh2R4CdAkFA6Fzdvj0FLTXDQrWMCM8GPUOHZ6Yeu4u8iasqrIElG6Ntha9AtBUSlnZbWCi104Low8XF8a7KocEL738IhYxdNx8j-Okr0vVx8jNY06zzvSFq36Q_B_pjzs',
  qi: 'jc718QevyQ5QyaLwbdCSyh4lc6Crh35zXeWUfLb3uFJ4nOFp0yverkbh5v3r8bbOeNfXA95mWmP7ecaTa_oatS3_q_CGWTQuIP-dj47isbW66IjBcN0uvfahnXeAZ52xA5SqLTvR8x0545u2KqMlV5w_zPV9R7wU1CGii9mer3M',
};

export const vectorText = String.raw`{"transaction_id":"t-1","search_request":[{"reference_id":"r-1","n":45.0,"name":"N\u00fa\u00f1ez"}]}`;

export const vectorMessage = {
  header: { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'vector-1' },
  ciphertext:
    'JwpVTUXAkyQzxTInkszZiOFt1QfxqCYAFqdiLWE70LOLhovkOep5f0lu0puFIVSAD8On3XFco7JesnJL-4IFxp2KNXinY1qjvjndrpiSV8nzY_RWOb5lZbCZYBJFZqIPK10zaw',
  encrypted_key:
    'T2QmDcgF5a2-OARvkvUhkM0iyW4P2mZn7fpNjJeoWt5cwU1Szaa2XT0c_NqbLCrnHqR4Fx-A8b2nsv5hxVW86lpOh2jhQ0MCbsTUshD2UK79SlrX9wuqIv1Sg7KgjYIoVWSm0iunT_Xt1p1WlduLaMWsTAdVvrDDcUKeVZzowb5aXar7xM4LQmBqiJ2wcyB0Od26cOQY0MHAS-a6XYSxagfXoR6zxtOU8tA7zc8aFja3gous4eOThBOrMmtVzKUZ28tlQlzTZiGW_nPCajbk6yBoXDGuHH2jHl5PE7Ow5pDPnhcxQXifPnIO31HK09XhiawEJrX_FKLYa1TNyihhtg',
  tag: 'cdXwbzYZLAB6zupCdYjN-g',
  iv: 'AZW_qn88be_dfJwn',
};
